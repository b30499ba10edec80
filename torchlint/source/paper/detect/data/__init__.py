"""Detectors of data: loaders, transform pipelines, samplers, batches, splits."""
