#pragma once
// The checks of run_checks(), one function for each invariant or group of them. Internal to
// lib/operations; called from the thread of run_checks().
#include <string>

#include "operations/verify.hpp"

namespace feedctl::operations {

class Audit;

void check_feed_rows(Audit& audit);                                        // I1
void check_per_key(Audit& audit, const std::string& invariant);            // I3, I4, I5, I9
void check_lag(Audit& audit);                                              // I6
void check_caches(Audit& audit);                                           // I10
void check_hot_scores(Audit& audit);                                       // I11
void check_feed_index(Audit& audit, const VerifyOptions::Index& options);  // I10 of the feed index

}  // namespace feedctl::operations
