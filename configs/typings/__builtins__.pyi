"""For editors: the names a strategy finds without importing them, as jqdata/injected.py puts them there."""

import datetime as datetime
import math as math
import random as random
import time as time
from datetime import timedelta as timedelta

import numpy
import pandas

from jqdata import *

np = numpy
pd = pandas
