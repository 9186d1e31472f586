"""Host tools: setting up, the plant simulator, running scenarios, reports. Nothing in here goes on the board."""
