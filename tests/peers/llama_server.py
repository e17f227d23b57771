"""llama.cpp's own HTTP server on a GGUF file; it ends when its standard input ends."""
import sys

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_parallel = 4
params.n_ctx = 16384
params.cpuparams.n_threads = 2
params.hostnames = ["127.0.0.1"]
params.use_jinja = True
params.port = int(sys.argv[2])
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
