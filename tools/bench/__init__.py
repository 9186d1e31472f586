"""How fast and how surely the firmware's detectors see what they must, beside what others would."""
