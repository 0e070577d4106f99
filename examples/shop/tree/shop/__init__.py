"""A small shop: orders, vouchers, payments, delivery and the supplier's price list."""
