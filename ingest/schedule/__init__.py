"""What runs when: the body of `suowen serve`."""
