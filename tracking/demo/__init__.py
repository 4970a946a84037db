"""Three furnished stores: brands, catalogues, a year of orders, parcels in every state."""
