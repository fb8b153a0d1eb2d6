"""Faults, injected into the service at every call that it makes to its database and its stores.

calls        counts the calls, and interferes with one of them
database     the calls to the database, and how each driver says that its connection is lost
stores       the calls to a store, and each block that it reads
service      one process of the service, and who asks it for something
operations   what is asked of it, in one table
world        what is there before and after, what may have become of it, and time that passes
points       runs each operation once to find its points, and once more at each of them
victim       a process whose children are killed at a point
"""
