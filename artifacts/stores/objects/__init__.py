"""Object stores, through obstore: S3 and what speaks its protocol, GCS, Azure."""
