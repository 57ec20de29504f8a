"""From a `Document` to what a report says outside its forms; knows nothing about file formats."""
