// One process, one network, one browser: the tests run after one another in this order.

import "./verdicts.test.mjs";
import "./certificates.test.mjs";
import "./offline.test.mjs";
import "./bad-files.test.mjs";
import "./share.test.mjs";
import "./access.test.mjs";
import "./figures.test.mjs";
import "./privacy.test.mjs";
