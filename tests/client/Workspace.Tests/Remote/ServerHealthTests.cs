using Monorepo.Workspace.Remote;

namespace Monorepo.Workspace.Tests.Remote;

public sealed class ServerHealthTests : IDisposable
{
    private static readonly Uri s_one = new("http://one:1/");
    private static readonly Uri s_two = new("http://two:2/");

    private readonly TempDirectory _directory = new();
    private readonly SetTime _time = new();

    private string FilePath => _directory.File("deeper/servers-down");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_server_that_fails_again_and_again_is_left_alone_for_longer_and_never_for_more_than_a_minute()
    {
        ServerHealth health = new(null, _time);
        int[] seconds = [1, 2, 4, 8, 16, 32, 60, 60, 60];
        foreach (int rest in seconds)
        {
            health.RecordFailure(s_one);
            _time.Advance(TimeSpan.FromSeconds(rest) - TimeSpan.FromTicks(1));
            Assert.True(health.IsDown(s_one), $"{rest} s");
            _time.Advance(TimeSpan.FromTicks(1));
            Assert.False(health.IsDown(s_one), $"{rest} s");
        }

        Assert.False(health.IsDown(s_two));
        health.RecordSuccess(s_one);
        health.RecordFailure(s_one);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(health.IsDown(s_one));
    }

    [Fact]
    public void The_next_command_knows_what_this_one_found_out()
    {
        new ServerHealth(FilePath, _time).RecordFailure(s_one);
        ServerHealth next = new(FilePath, _time);
        Assert.True(next.IsDown(new Uri("http://one:1/any/path")));
        Assert.False(next.IsDown(s_two));
        next.RecordFailure(s_two);
        next.RecordSuccess(s_one);
        ServerHealth last = new(FilePath, _time);
        Assert.False(last.IsDown(s_one));
        Assert.True(last.IsDown(s_two));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("99999999999999999999 1 http://one:1\n")]
    [InlineData("9223372036854775807 1 http://one:1\n")]
    [InlineData("-1 1 http://one:1\n")]
    [InlineData("1 -1 http://one:1\n")]
    [InlineData("no numbers here\n")]
    [InlineData("\0\0\0")]
    public void What_can_not_be_read_is_as_if_it_were_not_there(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, content);
        ServerHealth health = new(FilePath, _time);
        Assert.False(health.IsDown(s_one));
        health.RecordFailure(s_one);
        Assert.True(new ServerHealth(FilePath, _time).IsDown(s_one));
    }

    [Fact]
    public void A_clock_that_was_set_back_keeps_no_server_away()
    {
        new ServerHealth(FilePath, _time).RecordFailure(s_one);
        _time.Advance(TimeSpan.FromDays(-1));
        Assert.False(new ServerHealth(FilePath, _time).IsDown(s_one));
    }

    [Fact]
    public void A_file_that_can_not_be_written_costs_nothing()
    {
        ServerHealth health = new("/proc/nowhere/servers-down", _time);
        health.RecordFailure(s_one);
        Assert.True(health.IsDown(s_one));
    }

    private sealed class SetTime : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan by) => _now += by;
    }
}
