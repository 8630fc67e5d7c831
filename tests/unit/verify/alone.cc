// A program of nothing but the verifier: shows that it needs no database and no network.
#include "services/verify/ledger.h"
#include "services/verify/receipt.h"

int main() {
  const candor::verify::ReceiptVerdict receipt = candor::verify::VerifyReceipt("", "", {});
  const candor::verify::Report report = candor::verify::LedgerCheck("candor.example/a").Finish("", {});
  return receipt.intact || report.intact() ? 1 : 0;
}
