"""A small shop: orders, vouchers, payments and the supplier's price list."""
