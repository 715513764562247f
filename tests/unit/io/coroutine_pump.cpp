#include <dht/io/coroutine_pump.hpp>

#include "../../catch.hpp"
#include <stdexcept>
#include <vector>

using namespace dht;
using io::coroutine_pump;
using io::task;

namespace {

operation_id const first_operation{0, 1};
operation_id const second_operation{1, 1};

outcome said(operation_id id, bool finished, std::uint32_t stored = 0) {
    outcome o;
    o.operation = id;
    o.finished = finished;
    o.stored = stored;
    return o;
}

task wait_for(coroutine_pump& pump, operation_id id, std::vector<outcome>& heard) {
    heard.push_back(co_await pump(id));
}

task follow(coroutine_pump& pump, operation_id id, std::vector<outcome>& heard) {
    do
        heard.push_back(co_await pump.next(id));
    while (!heard.back().finished);
}

task both(coroutine_pump& pump, std::vector<outcome>& heard) {
    co_await wait_for(pump, first_operation, heard);
    co_await wait_for(pump, second_operation, heard);
}

task fail(coroutine_pump& pump) {
    co_await pump(first_operation);
    throw std::runtime_error{"as planned"};
}

task pass_on(coroutine_pump& pump) {
    co_await fail(pump);
}

} // namespace

TEST_CASE("a coroutine waits for the end of its operation, and for nothing else") {
    coroutine_pump pump;
    std::vector<outcome> heard;
    task const t = wait_for(pump, first_operation, heard);
    CHECK_FALSE(pump.deliver(said(second_operation, true)));
    CHECK_FALSE(pump.deliver(said(first_operation, false)));
    CHECK(heard.empty());
    CHECK_FALSE(t.done());
    CHECK(pump.deliver(said(first_operation, true, 7)));
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].stored == 7);
    CHECK(t.done());
    CHECK_FALSE(pump.deliver(said(first_operation, true)));
}

TEST_CASE("a coroutine that asks for progress hears of it") {
    coroutine_pump pump;
    std::vector<outcome> heard;
    task const t = follow(pump, first_operation, heard);
    CHECK(pump.deliver(said(first_operation, false, 1)));
    CHECK(pump.deliver(said(first_operation, false, 2)));
    CHECK(pump.deliver(said(first_operation, true, 3)));
    CHECK(t.done());
    REQUIRE(heard.size() == 3);
    CHECK(heard[1].stored == 2);
    CHECK(heard[2].finished);
}

TEST_CASE("an operation that could not start says so without waiting") {
    coroutine_pump pump;
    std::vector<outcome> heard;
    task const t = wait_for(pump, operation_id{}, heard);
    CHECK(t.done());
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].finished);
    CHECK(heard[0].error == errc::limit_reached);
}

TEST_CASE("tasks wait for tasks, and pass on what they throw") {
    coroutine_pump pump;
    std::vector<outcome> heard;
    task const t = both(pump, heard);
    CHECK(pump.deliver(said(first_operation, true, 1)));
    CHECK_FALSE(t.done());
    CHECK(pump.deliver(said(second_operation, true, 2)));
    CHECK(t.done());
    CHECK(heard.size() == 2);
    t.result();

    task const failed = pass_on(pump);
    failed.result();
    CHECK(pump.deliver(said(first_operation, true)));
    CHECK(failed.done());
    CHECK_THROWS_AS(failed.result(), std::runtime_error);
}

TEST_CASE("a task that goes away does not wait any more") {
    coroutine_pump pump;
    std::vector<outcome> heard;
    {
        task t = wait_for(pump, first_operation, heard);
        task moved = std::move(t);
        CHECK_FALSE(moved.done());
    }
    CHECK_FALSE(pump.deliver(said(first_operation, true)));
    CHECK(heard.empty());
}

TEST_CASE("a pump that goes away leaves its coroutines in peace") {
    std::vector<outcome> heard;
    auto pump = std::make_unique<coroutine_pump>();
    task const t = wait_for(*pump, first_operation, heard);
    pump.reset();
    CHECK_FALSE(t.done());
}

TEST_CASE("an end that came before anybody asked is kept, as long as there are not too many") {
    coroutine_pump pump;
    std::vector<outcome> heard;
    CHECK_FALSE(pump.deliver(said(first_operation, false, 1)));
    CHECK_FALSE(pump.deliver(said(first_operation, true, 7)));
    task const t = wait_for(pump, first_operation, heard);
    CHECK(t.done());
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].stored == 7);
    CHECK_FALSE(pump.deliver(said(first_operation, true)));
    for (std::uint32_t i = 0; i < 100; ++i)
        pump.deliver(said({i, 2}, true));
    task const late = wait_for(pump, first_operation, heard);
    CHECK_FALSE(late.done());
    task const recent = wait_for(pump, {99, 2}, heard);
    CHECK(recent.done());
}
