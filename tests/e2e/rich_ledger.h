// A small ledger that holds a leaf of every type that a server writes today.
//
// Belongs to one thread.
#pragma once

#include "tests/e2e/world.h"

namespace candor::e2e {

// Stops the server of the world for good; an operator gives up its mark.
Tenant MakeRichLedger(World& world);

// Adds leaves until there are `size`.
void FillUpTo(const World& world, const Tenant& tenant, std::uint64_t size);

}  // namespace candor::e2e
