"""What preflight looks at, one idea a file. Each gives findings and touches nothing."""
