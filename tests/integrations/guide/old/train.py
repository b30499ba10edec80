import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
train_data = datasets.MNIST("data", transform=transform)
test_data = datasets.MNIST("data", train=False, transform=transform)

model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(), nn.Linear(128, 10))
optimizer = torch.optim.Adam(model.parameters())


def spread(loader):
    with torch.no_grad():
        for images, _ in loader:
            scores = torch.stack([F.softmax(model(images)) for _ in range(20)])
            print(scores.std(0).mean().item())


for epoch in range(3):
    model.train()
    for images, labels in DataLoader(train_data, batch_size=64):
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
spread(DataLoader(test_data, batch_size=64))
