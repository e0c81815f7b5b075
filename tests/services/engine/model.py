"""What must be true of a paper, worked out from its events alone and in another way than the engine does it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from models import Delegation, Document, Event, Role, State
from services.routes import FINISH, Condition, Route, Signers, Step

REVERSAL = "reversal"
APART = {Role.ACCOUNTANT: Role.CASHIER, Role.CASHIER: Role.ACCOUNTANT}
GOES_ON = {"return", "reject"}
"""Outcomes that do not let a paper go on."""


@dataclass
class Company:
    """Who is there, who holds what, who stands in for whom."""

    active: set[int] = field(default_factory=set)
    grants: dict[int, set[tuple[Role, int | None]]] = field(default_factory=dict)
    delegations: dict[int, Delegation] = field(default_factory=dict)
    administrator: int = 0

    def roles(self, person: int) -> set[Role]:
        return {role for role, _ in self.grants.get(person, ())} if person in self.active else set()

    def holders(self, role: Role, department: int | None) -> set[int]:
        return {one for one in self.active if (role, department) in self.grants.get(one, ())}

    def may_stand_in(self, deputy: int, principal: int, role: str | None, paper: "Paper", day: date) -> bool:
        """Does a delegation hold today that reaches this paper, and does it give nothing the deputy may never have?"""
        if not {deputy, principal} <= self.active or deputy == self.administrator:
            return False
        if role and APART.get(Role(role)) in self.roles(deputy):
            return False
        return any(
            (one.person_id, one.deputy_id) == (principal, deputy)
            and one.starts_on <= day <= one.ends_on
            and (not one.kinds or "TR" in one.kinds)
            and (one.amount_limit is None or paper.amount <= one.amount_limit)
            for one in self.delegations.values()
        )


@dataclass
class Signature:
    """One that stands."""

    step: str
    decides: bool
    people: frozenset[int]
    """Who signed, and for whom."""
    outcome: str
    content: int
    asked: bool
    """A colleague's, whom an owner asked besides."""
    jumps: bool = False
    passed: tuple[str, ...] = ()
    """Steps that this outcome leads past."""
    awaits: int | None = None
    """The colleague who is to sign as well."""
    answers: "tuple[Signature, int] | None" = None
    """The signature that waited for this one, and for whose."""


@dataclass
class Paper:
    """A paper as it must be, moved by its events."""

    id: int
    author: int
    department: int
    favoured: frozenset[int]
    """Whom what was sent favours."""
    amount: Decimal
    route: Route = ()
    content: int = 0
    """Counts what was sent: another number is another content."""
    state: State = State.DRAFT
    step: str | None = None
    signatures: list[Signature] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    keeper: int | None = None
    undoer: int | None = None
    """Who asked for its reversal."""
    must_sign: dict[str, set[int]] = field(default_factory=dict)
    """By step that every holder signs: who held the role when it opened, and holds it ever since."""
    asked: set[tuple[str, int]] = field(default_factory=set)

    @property
    def concerned(self) -> set[int]:
        own = {self.author, *self.favoured} | ({self.keeper} if self.keeper else set())
        return own | ({self.undoer} if self.undoer and self.state == State.REVERSING else set())

    @property
    def signers(self) -> set[int]:
        return {one for signature in self._decisions() for one in signature.people}

    def happen(self, event: Event, after: Document, company: Company, day: date, declared: Route, reopen: str) -> None:
        """Apply one event; complain where it should never have come about."""
        match event.action:
            case "submit":
                self._submit(company, declared)
            case "withdraw" if self.state == State.REVERSING:
                self.state, self.step, self.undoer = State.DONE, None, None
            case "withdraw":
                self._fall(0)
                self.state, self.step = State.WITHDRAWN, None
            case "cancel":
                self.state, self.step = State.CANCELLED, None
            case "reverse":
                self.state, self.step, self.undoer = State.REVERSING, REVERSAL, event.actor_id
            case "take_back":
                self._take_back(event)
            case "reopen" if self.state == State.REJECTED:
                assert event.actor_id not in self.concerned, "took up again a paper that concerns him"
                last = next(one for one in reversed(self.signatures) if one.outcome == "reject")
                self._unsign(last)
            case "reopen":
                self._fall(self._place(reopen))
                self._go(self._place(reopen), company)
            case "ask_before" | "ask_after":
                self._ask(event, company, day)
            case "transfer":
                # a reversal is for the last decider's role to say, signed or not
                signed = set() if event.step == REVERSAL else self.signers
                barred = (self.concerned | signed) if self._decides(event.step) else set()
                assert event.data["person"] not in barred, "handed to somebody who may not decide"
                if event.step in self.must_sign:
                    self.must_sign[event.step] -= {event.actor_id, event.on_behalf_of_id}
            case "comment" | "remind" | "supplement" | "recall" | "pause" | "resume":
                pass
            case _:
                self._sign(event, after, company, day)
        self.settle(company)

    def lost(self, person: int) -> None:
        """Somebody lost a role, or left: no step waits for his signature in that role any more."""
        for people in self.must_sign.values():
            people.discard(person)

    def asks_no_more(self, person: int) -> None:
        """A colleague hands over and leaves: what was asked of him is nobody's to answer, whoever asked signs anew."""
        if self.state == State.RUNNING:
            self.signatures = [one for one in self.signatures if (one.awaits, one.step) != (person, self.step)]
        self.asked = {one for one in self.asked if one != (self.step, person)}

    def settle(self, company: Company) -> None:
        """A signature that waits for a colleague's who can give it no more is asked for anew."""
        for one in [one for one in self.signatures if one.awaits and one.step == self.step]:
            others = {id for other in self.signatures if other is not one and other.decides for id in other.people}
            if self.state == State.RUNNING and (
                one.awaits not in company.active or one.awaits in self.concerned | others
            ):
                self.signatures.remove(one)

    def applies(self, step: Step) -> bool:
        return all(self._meets(one) for one in step.when)

    # --- acts

    def _submit(self, company: Company, declared: Route) -> None:
        start = 0
        if self.state == State.RETURNED:
            assert self.step is not None
            if all(one.content == self.content for one in self._decisions() if one.outcome not in GOES_ON):
                start = self._place(self.step)
        else:
            self.route = declared
        self._fall(start)
        self._go(start, company)

    def _ask(self, event: Event, company: Company, day: date) -> None:
        named = event.data["person"]
        assert named not in self.concerned | self.signers | {event.actor_id}, "asked somebody who may not sign"
        assert named in company.active and Role.ADMINISTRATOR not in company.roles(named)
        if event.action == "ask_after":
            self._put_signature(event, "approve", company, day).awaits = named
        self.asked.add((event.step or "", named))

    def _sign(self, event: Event, after: Document, company: Company, day: date) -> None:
        if self.state == State.REVERSING:
            assert not {event.actor_id, event.on_behalf_of_id} & self.concerned, "decided on a reversal of his own"
            self._has_authority(event, company, day)
            self.state, self.step = (State.REVERSED if event.action == "approve" else State.DONE), None
            self.reached = [] if event.action == "approve" else self.reached
            return
        signature = self._put_signature(event, event.action, company, day)
        here = self._place(signature.step)
        if event.action == "reject":
            self.state, self.step = State.REJECTED, None
        elif event.action == "return" and event.data["to"] == "applicant":
            self.state = State.RETURNED  # `step` remembers where
        elif event.action == "return":
            self._back(self._place(event.data["to"]), company)
        else:
            outcome = self.route[here].outcome(event.action)
            target = None if signature.asked or outcome is None else outcome.to
            if target == FINISH:
                signature.jumps, signature.passed = True, tuple(one.key for one in self.route[here + 1 :])
                self.state, self.step = State.DONE, None
            elif target and self._place(target) <= here:
                self._back(self._place(target), company)
            elif target:
                there = self._place(target)
                signature.jumps, signature.passed = True, tuple(one.key for one in self.route[here + 1 : there])
                self._go(there, company, passed=self.route[here:there])
            elif (after.state, after.step) != (State.RUNNING, signature.step):
                assert not self._missing(self.route[here], company), "left a step that was not signed"
                self._go(here + 1, company, passed=self.route[here : here + 1])
        if self.state == State.DONE:
            self._is_whole(company)

    def _put_signature(self, event: Event, outcome: str, company: Company, day: date) -> Signature:
        people = frozenset(one for one in (event.actor_id, event.on_behalf_of_id) if one)
        step = self.route[self._place(event.step or "")]
        assert step.key == self.step, "signed a step that is not open"
        if step.decides:
            assert not people & self.concerned, "decided on a paper of his own"
            assert not people & self.signers, "signed twice"
        self._has_authority(event, company, day)
        asked = step.decides and event.role is None
        assert not asked or any((step.key, one) in self.asked for one in people), "nobody asked him"
        signature = Signature(step.key, step.decides, people, outcome, self.content, asked)
        seat = event.on_behalf_of_id or event.actor_id
        for other in self.signatures:
            if asked and seat and other.awaits == seat:
                signature.answers, other.awaits = (other, seat), None
        self.signatures.append(signature)
        return signature

    def _has_authority(self, event: Event, company: Company, day: date) -> None:
        assert event.actor_id in company.active, "not there any more"
        if event.on_behalf_of_id:
            standing_in = company.may_stand_in(event.actor_id, event.on_behalf_of_id, event.role, self, day)
            assert standing_in, "nobody made him a deputy"
        owner = event.on_behalf_of_id or event.actor_id
        assert event.role is None or Role(event.role) in company.roles(owner), "does not hold the role"

    def _take_back(self, event: Event) -> None:
        own = [one for one in self.signatures if one.step == event.step and event.actor_id in one.people]
        self._unsign(own[-1])

    def _unsign(self, signature: Signature) -> None:
        self.signatures.remove(signature)
        if signature.answers:  # whoever asked for it waits again
            asker, asker.awaits = signature.answers
        self._forget_milestones(self._place(signature.step))
        self.state, self.step = State.RUNNING, signature.step

    def _back(self, index: int, company: Company) -> None:
        self._fall(index)
        self._go(index, company)

    # --- the way

    def _go(self, index: int, company: Company, passed: Route = ()) -> None:
        self.reached += [one.milestone for one in passed if one.milestone and one.milestone not in self.reached]
        for step in self.route[index:]:
            if self.applies(step):
                self.state, self.step = State.RUNNING, step.key
                self._open(step, company)
                return
            if step.milestone and step.milestone not in self.reached:
                self.reached.append(step.milestone)
        self.state, self.step = State.DONE, None

    def _open(self, step: Step, company: Company) -> None:
        if step.signers == Signers.EVERY_HOLDER:
            (owner,) = step.owners
            assert owner.role
            where = self.department if owner.of == "applicant" else None
            self.must_sign[step.key] = company.holders(owner.role, where) - self.concerned - self.signers

    def _fall(self, index: int) -> None:
        later = {step.key for step in self.route[index:]}
        self.signatures = [one for one in self.signatures if one.step not in later]
        self._forget_milestones(index)

    def _forget_milestones(self, index: int) -> None:
        later = {step.milestone for step in self.route[index:]}
        self.reached = [one for one in self.reached if one not in later]

    def _missing(self, step: Step, company: Company) -> bool:
        """Is a signature missing that the step asks for?"""
        there = [one for one in self.signatures if one.step == step.key and one.outcome not in GOES_ON]
        if any(one.jumps for one in there):
            return False
        own = [one for one in there if not one.asked]
        everyone = step.signers == Signers.EVERY_HOLDER  # of an earlier route's step by this name nothing is left
        signed = {id for one in there for id in one.people}
        if everyone and step.key == self.step and self.must_sign.get(step.key, set()) - signed:
            return True
        return len(own) < (len(step.owners) if step.signers == Signers.EACH_OWNER else 1)

    def _is_whole(self, company: Company) -> None:
        passed = {key for one in self.signatures for key in one.passed}
        for step in self.route:
            if self.applies(step) and step.key not in passed:
                assert not self._missing(step, company), f"done without {step.key}"

    def _decisions(self) -> list[Signature]:
        return [one for one in self.signatures if one.decides]

    def _place(self, key: str) -> int:
        return [step.key for step in self.route].index(key)

    def _decides(self, key: str | None) -> bool:
        return key == REVERSAL or self.route[self._place(key or "")].decides

    def _meets(self, condition: Condition) -> bool:
        limit = Decimal(str(condition.value))
        return self.amount >= limit if condition.op == ">=" else self.amount < limit
