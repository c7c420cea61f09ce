"""What a bulletin has beside its words: pictures that its text shows, and files that go with it."""
