"""Drivers of glance_store, each as a store: Swift, Ceph's RBD, Cinder, a folder."""
