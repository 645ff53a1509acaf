"""The data plane: Worker versions in workerd, and a front that splits real requests by the deployed weights."""
