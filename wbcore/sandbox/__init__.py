"""The project's own imitation of Wildberries: for the learning cabinet, demos and tests."""
