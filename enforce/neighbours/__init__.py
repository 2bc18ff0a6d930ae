"""Who is on the network: links, neighbours and bridge ports as the kernel knows them, and who is new among them."""
