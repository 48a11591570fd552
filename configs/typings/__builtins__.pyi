"""For editors: the names a strategy finds without importing them, as jqdata/injected.py puts them there."""

import datetime as datetime
import math as math
import random as random
import time as time
from datetime import timedelta as timedelta

import numpy
import pandas
from numpy import (
    arange as arange,
)
from numpy import (
    argmax as argmax,
)
from numpy import (
    argmin as argmin,
)
from numpy import (
    argsort as argsort,
)
from numpy import (
    around as around,
)
from numpy import (
    array as array,
)
from numpy import (
    array_equal as array_equal,
)
from numpy import (
    asarray as asarray,
)
from numpy import (
    average as average,
)
from numpy import (
    clip as clip,
)
from numpy import (
    concatenate as concatenate,
)
from numpy import (
    corrcoef as corrcoef,
)
from numpy import (
    cov as cov,
)
from numpy import (
    cumprod as cumprod,
)
from numpy import (
    cumsum as cumsum,
)
from numpy import (
    diff as diff,
)
from numpy import (
    dot as dot,
)
from numpy import (
    empty as empty,
)
from numpy import (
    exp as exp,
)
from numpy import (
    eye as eye,
)
from numpy import (
    fabs as fabs,
)
from numpy import (
    floor as floor,
)
from numpy import (
    full as full,
)
from numpy import (
    hstack as hstack,
)
from numpy import (
    inf as inf,
)
from numpy import (
    isfinite as isfinite,
)
from numpy import (
    isinf as isinf,
)
from numpy import (
    isnan as isnan,
)
from numpy import (
    linspace as linspace,
)
from numpy import (
    log2 as log2,
)
from numpy import (
    log10 as log10,
)
from numpy import (
    maximum as maximum,
)
from numpy import (
    mean as mean,
)
from numpy import (
    median as median,
)
from numpy import (
    minimum as minimum,
)
from numpy import (
    nan as nan,
)
from numpy import (
    nanmax as nanmax,
)
from numpy import (
    nanmean as nanmean,
)
from numpy import (
    nanmin as nanmin,
)
from numpy import (
    nanstd as nanstd,
)
from numpy import (
    nansum as nansum,
)
from numpy import (
    ones as ones,
)
from numpy import (
    ones_like as ones_like,
)
from numpy import (
    percentile as percentile,
)
from numpy import (
    pi as pi,
)
from numpy import (
    polyfit as polyfit,
)
from numpy import (
    polyval as polyval,
)
from numpy import (
    prod as prod,
)
from numpy import (
    ravel as ravel,
)
from numpy import (
    repeat as repeat,
)
from numpy import (
    reshape as reshape,
)
from numpy import (
    sign as sign,
)
from numpy import (
    sqrt as sqrt,
)
from numpy import (
    square as square,
)
from numpy import (
    std as std,
)
from numpy import (
    transpose as transpose,
)
from numpy import (
    unique as unique,
)
from numpy import (
    var as var,
)
from numpy import (
    vstack as vstack,
)
from numpy import (
    where as where,
)
from numpy import (
    zeros as zeros,
)
from numpy import (
    zeros_like as zeros_like,
)

from jqdata import *

np = numpy
pd = pandas
