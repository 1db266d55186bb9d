"""The product as it runs: the processes of the Procfile beside a sandbox, in stepped time."""
