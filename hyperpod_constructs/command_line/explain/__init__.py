"""Command `explain`: what a code means, why, and where AWS says it."""
