"""The demonstration: a simulated scanner, a drawn register and the main job from end to end."""
