select strftime(logical_date, '%Y-%m-%d') as day, currency from meta.run
