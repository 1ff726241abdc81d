feedctl stats --timeout 1ms
