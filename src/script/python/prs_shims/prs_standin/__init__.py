"""Behind the modules of the cloud's SDK that entry scripts import (rule 4.6): what they share.

This folder's parent stands at the end of sys.path, which Python passes on to processes that `multiprocessing` spawns;
such a process finds the settings in the environment variable PRS_STANDIN. Standard library only, and all of it imported
before the script's own folder is on sys.path.
"""
