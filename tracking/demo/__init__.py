"""The furnished demonstration: three shops with a year behind them, parcels in every state, and live ones that move.

`shops` says who they are, `scenes` what happens, `history` what was bought, `furnish` puts it all into the database
through the same intake, carriers and channels as everything else, `processes` runs it.
"""
