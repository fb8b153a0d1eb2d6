"""`openstack artifact …`: a plugin of OpenStackClient over our client library."""
