using System.Globalization;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Dirstate;

namespace Monorepo.Workspace.Tests.Dirstate;

/// <summary>Processes that update are killed, and others read meanwhile: what is read is always the state before or after an update.</summary>
public sealed class DirstateKillTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string FilePath => Path.Combine(_directory.Path, "dirstate");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_killed_update_was_done_or_never_begun()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var random = new Random(4);
        DirstateProcess.Create(FilePath);
        long done = 0;
        for (int kill = 0; kill < 8; kill++)
        {
            using ChildProcess process = DirstateProcess.Start(FilePath);
            int lines = random.Next(1, 25);
            for (int i = 0; i < lines; i++)
                Assert.True(await process.WaitForLineAsync(deadline.Token));
            process.Kill();
            using DirstateFile state = DirstateFile.Open(FilePath)!;
            long round = DirstateProcess.Round(state.Reader);
            Assert.True(round >= done + lines, string.Create(CultureInfo.InvariantCulture, $"round {round} after {done} + {lines}"));
            Assert.Equal(round + 1, state.Reader.Stamp.Sequence);
            done = round;
        }
    }

    [Fact]
    public async Task Readers_beside_a_writer_see_whole_states_in_order()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        DirstateProcess.Create(FilePath);
        using ChildProcess process = DirstateProcess.Start(FilePath);
        Assert.True(await process.WaitForLineAsync(deadline.Token));
        DirstateFile state = DirstateFile.Open(FilePath)!;
        long last = DirstateProcess.Round(state.Reader);
        for (int reads = 0; reads < 300; reads++)
        {
            deadline.Token.ThrowIfCancellationRequested();
            DirstateFile next = reads % 2 == 0 ? DirstateFile.Open(FilePath)! : state.Reopen()!;
            long round = DirstateProcess.Round(next.Reader);
            Assert.True(round >= last);
            if (next.Reader.TryGetChangesSince(state.Reader.Stamp, out IReadOnlyList<DirstateEntry> changes))
                Assert.Equal(Math.Min(round - last, 3) * DirstateProcess.Files / 3, changes.Count);
            last = round;
            if (next != state)
            {
                state.Dispose();
                state = next;
            }
        }

        state.Dispose();
        process.Kill();
        Assert.True(last > 1);
    }
}
