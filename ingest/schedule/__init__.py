"""Schedules of sources, and the service that runs passes and digests at their times: `suowen serve`."""
