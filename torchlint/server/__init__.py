"""`torchlint server`: the findings of what is being typed, for editors that speak the Language Server Protocol."""
