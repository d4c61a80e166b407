import { testFaults } from './etlFaultCases.js'
import { openEtlPlace } from './etlPlace.js'

testFaults(() => openEtlPlace(), 1)
