"""Pictures and files of explanations, in numpy alone: no browser and no notebook needed."""
