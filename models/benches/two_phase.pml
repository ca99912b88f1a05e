/* Two-phase commit as in models/src/two_phase.rs. N is the number of resource managers. */
byte rm[N]; byte tm; short learnt; short sent; bit commit; bit abort;

#define ALL ((1 << N) - 1)
#define FOR(i) \
  :: d_step { (i < N && tm == 0 && (sent & (1 << i))) -> learnt = learnt | (1 << i) } \
  :: d_step { (i < N && rm[i % N] == 0) -> rm[i % N] = 1; sent = sent | (1 << i) } \
  :: d_step { (i < N && rm[i % N] == 0) -> rm[i % N] = 3 } \
  :: d_step { (i < N && commit) -> rm[i % N] = 2 } \
  :: d_step { (i < N && abort) -> rm[i % N] = 3 }

active proctype all() {
end:
  do
  :: d_step { (tm == 0 && learnt == ALL) -> tm = 2; commit = 1 }
  :: d_step { (tm == 0) -> tm = 3; abort = 1 }
  FOR(0) FOR(1) FOR(2) FOR(3) FOR(4) FOR(5) FOR(6) FOR(7) FOR(8) FOR(9)
  od
}
