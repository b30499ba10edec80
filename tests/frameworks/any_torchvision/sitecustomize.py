"""Lets a torchvision be imported that was built for another torch, and cannot register what it could not load."""

import sys
from types import ModuleType

sys.modules.setdefault("torchvision._meta_registrations", ModuleType("torchvision._meta_registrations"))
