"""The tables, one module for each stretch of the data's way. Only server.store writes them."""

from server.models.agents import Agent, AgentEvent, Enrolment
from server.models.answers import AnswerRecord
from server.models.assessments import AssessmentRecord, CloseoutRecord, EntryItem
from server.models.base import AppendOnly
from server.models.chain import ChainBatch, ChainLink
from server.models.content import ContentRecord, ContentReport
from server.models.documents import Attachment, Document
from server.models.duties import DutyPerformance
from server.models.inventory import Alias, Asset, AssetEvent, CategoryRecord, Conflict
from server.models.items import Approval, Ask, AskHost, AskProgress, Closure, Comment, Item, ItemEvent, ItemHost, Milestone, MilestoneChange
from server.models.people import Membership, Role, User
from server.models.receipts import Blob, Reading, Receipt, Scope, Script
from server.models.results import Confirmation, JudgementRecord, Result, Transition
from server.models.scans import Job, ScanRun, ScanTask
from server.models.scores import ScoreRecord
from server.models.standings import AssetStanding
from server.models.system import DraftingRecord, ParameterValue, PolicyProposal, PolicyRecord, SettingRecord, System
from server.models.tailoring import ExceptionAnswer, ExceptionRecord, ExceptionUse

__all__ = [
    "Agent",
    "AgentEvent",
    "Alias",
    "AnswerRecord",
    "AppendOnly",
    "Approval",
    "Ask",
    "AskHost",
    "AskProgress",
    "AssessmentRecord",
    "Asset",
    "AssetEvent",
    "AssetStanding",
    "Attachment",
    "Blob",
    "CategoryRecord",
    "ChainBatch",
    "ChainLink",
    "CloseoutRecord",
    "Closure",
    "Comment",
    "Confirmation",
    "Conflict",
    "ContentRecord",
    "ContentReport",
    "Document",
    "DraftingRecord",
    "DutyPerformance",
    "Enrolment",
    "EntryItem",
    "ExceptionAnswer",
    "ExceptionRecord",
    "ExceptionUse",
    "Item",
    "ItemEvent",
    "ItemHost",
    "Job",
    "JudgementRecord",
    "Membership",
    "Milestone",
    "MilestoneChange",
    "ParameterValue",
    "PolicyProposal",
    "PolicyRecord",
    "Reading",
    "Receipt",
    "Result",
    "Role",
    "ScanRun",
    "ScanTask",
    "Scope",
    "ScoreRecord",
    "Script",
    "SettingRecord",
    "System",
    "Transition",
    "User",
]
