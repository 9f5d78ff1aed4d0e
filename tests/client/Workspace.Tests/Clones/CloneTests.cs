using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Tests.Clones;

public sealed class CloneTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Target => _directory.File("clone");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_clone_is_one_round_trip_and_is_found_from_below()
    {
        FakeRemote remote = Line(23);
        using (Clone made = await Clone.CreateAsync(remote, Target, null, Token))
        {
            Assert.Equal(23, made.History.Count);
        }

        Assert.Equal([0], remote.AskedPositions);
        Directory.CreateDirectory(Path.Combine(Target, "a/b"));
        using Clone clone = Clone.Open(Path.Combine(Target, "a/b"));
        Assert.Equal(Target, clone.Paths.WorkingCopy);
        Assert.Equal(remote.Url, clone.Url);
        Assert.Equal(23, clone.History.Count);
        Assert.Equal("refs/heads/main", clone.Head.Branch!.Value.Value);
        Assert.Null(clone.Head.Commit);
        Assert.Equal(Id(remote, 22), clone.Refs.Find(RefName.Parse("refs/heads/main"))!.Value.Target);
        Assert.NotNull(clone.ReadOffer());
        using FileDescriptor offer = DurableFile.Open(clone.Paths.Offer, OpenFlags.ReadOnly);
        Assert.Equal("600", Convert.ToString((int)PosixFile.GetStatus(offer).Permissions, 8));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unreachable()
    {
        await using RemoteRepository remote = new(RepositoryUrl.Parse("http://127.0.0.1:1/x"));
        RemoteException e = await Assert.ThrowsAsync<RemoteException>(() => Clone.CreateAsync(remote, Target, null, Token));
        Assert.Equal(RemoteError.Unreachable, e.Error);
    }

    [Fact]
    public async Task An_empty_repository_can_be_cloned_and_pulled()
    {
        FakeRemote remote = new();
        using Clone clone = await Clone.CreateAsync(remote, Target, null, Token);
        Assert.Equal(0, clone.History.Count);
        AddCommits(remote, 3);
        Assert.Equal(3, (await clone.PullAsync(remote, null, Token)).NewCommits);
        Assert.True(clone.History.Contains(Id(remote, 2)));
    }

    [Fact]
    public async Task A_pull_brings_what_is_new_from_where_the_clone_is()
    {
        FakeRemote remote = Line(10);
        using Clone clone = await Clone.CreateAsync(remote, Target, null, Token);
        Assert.True((await clone.PullAsync(remote, null, Token)).IsUpToDate);

        AddCommits(remote, 1500);
        PullResult result = await clone.PullAsync(remote, null, Token);
        Assert.Equal(1500, result.NewCommits);
        RefMove move = Assert.Single(result.Moves);
        Assert.Equal((Id(remote, 9), Id(remote, 1509)), (move.Old!.Value, move.New!.Value));
        Assert.Equal([0, 10, 10], remote.AskedPositions);

        // From the index file, and from the one built in memory where the file is gone or damaged.
        AssertFindsAll(remote);
        File.Delete(Path.Combine(clone.Paths.History, "index"));
        AssertFindsAll(remote);
        File.WriteAllText(Path.Combine(clone.Paths.History, "index"), "damaged");
        AssertFindsAll(remote);
    }

    [Fact]
    public async Task A_line_that_is_cut_is_taken_up_where_it_was()
    {
        FakeRemote remote = Line(50);
        remote.CutAfterParts.Enqueue(2);
        remote.CutAfterParts.Enqueue(0);
        remote.CutAfterParts.Enqueue(3);
        using Clone clone = await Clone.CreateAsync(remote, Target, null, Token);
        Assert.Equal([0, 10, 10, 25], remote.AskedPositions);
        AssertFindsAll(remote);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_line_that_is_cut_anywhere_is_taken_up_behind_the_last_part(int commandsCut)
    {
        const int Part = 97;
        FakeRemote whole = Line(12);
        (await Clone.CreateAsync(whole, _directory.File("whole"), null, Token)).Dispose();
        int parts = (int)(whole.SegmentBytesSent / Part) + 3;
        for (int cut = 0; cut < parts; cut++)
        {
            FakeRemote remote = Line(12, partBytes: Part);
            string target = _directory.File($"cut{cut}");
            for (int command = 1; command < commandsCut; command++)
            {
                // The command gives up after three attempts that brought nothing; the next one goes on.
                foreach (int after in (int[])[cut, 0, 0, 0])
                {
                    remote.CutAfterParts.Enqueue(after);
                }

                if (await Record.ExceptionAsync(async () => (await Clone.CreateAsync(remote, target, null, Token)).Dispose()) is null)
                {
                    break;
                }

                remote.CutAfterParts.Clear();
            }

            if (!File.Exists(new ClonePaths(target).Head))
            {
                remote.CutAfterParts.Enqueue(cut);
                (await Clone.CreateAsync(remote, target, null, Token)).Dispose();
            }

            Assert.Equal(whole.SegmentBytesSent, remote.SegmentBytesSent);
            AssertFindsAll(remote, target);
            ReadEverything(remote, target);
            Assert.False(File.Exists(new HistoryFiles(new ClonePaths(target).History).Part));
        }
    }

    [Fact]
    public async Task A_beginning_that_does_not_fit_any_more_is_dropped()
    {
        FakeRemote remote = Line(12, partBytes: 50);
        foreach (int after in (int[])[2, 0, 0, 0])
        {
            remote.CutAfterParts.Enqueue(after);
        }

        await Assert.ThrowsAsync<RemoteException>(() => Clone.CreateAsync(remote, Target, null, Token));
        string part = new HistoryFiles(new ClonePaths(Target).History).Part;
        byte[] good = await File.ReadAllBytesAsync(part, Token);
        for (int at = 0; at < good.Length; at++)
        {
            byte[] bad = [.. good];
            bad[at] ^= 4;
            await File.WriteAllBytesAsync(part, bad, Token);
            Assert.Null(PartialSegment.Take(part, 7, 0));
            await File.WriteAllBytesAsync(part, good[..at], Token);
            Assert.Null(PartialSegment.Take(part, 7, 0));
        }

        await File.WriteAllBytesAsync(part, good, Token);
        Assert.Null(PartialSegment.Take(part, 7, 5));
        await File.WriteAllBytesAsync(part, good, Token);
        Assert.Null(PartialSegment.Take(part, 8, 0));

        // The server encodes it differently by now, and begins anew.
        await File.WriteAllBytesAsync(part, good, Token);
        remote.CutAfterParts.Clear();
        remote.Commits[0] = [.. remote.Commits[0].Concat("more and more of it\n"u8.ToArray())];
        for (int i = 1; i < remote.Commits.Count; i++)
        {
            remote.Commits.RemoveAt(i--);
        }

        AddCommits(remote, 11);
        using Clone clone = await Clone.CreateAsync(remote, Target, null, Token);
        Assert.NotNull(remote.HistoryQueries[^1].Held);
        ReadEverything(remote);
    }

    [Fact]
    public async Task Refs_that_are_known_are_not_sent_again()
    {
        FakeRemote remote = Line(3);
        remote.Refs.Offset = 5;
        remote.Refs.Refs.Add(new Monorepo.Formats.Protos.Ref { Name = "refs/tags/a", Target = remote.Refs.Refs[0].Target });
        remote.Refs.Refs.Add(new Monorepo.Formats.Protos.Ref { Name = "refs/tags/b", Target = remote.Refs.Refs[0].Target });
        using Clone clone = await Clone.CreateAsync(remote, Target, null, Token);
        Assert.Null(remote.HistoryQueries[^1].KnownRefOffset);
        remote.RefChanges = new Monorepo.Formats.Protos.RefChanges { Offset = 6, DefaultBranch = "refs/heads/other" };
        remote.RefChanges.Changed.Add(new Monorepo.Formats.Protos.Ref { Name = "refs/tags/c", Target = remote.Refs.Refs[0].Target, Peeled = remote.Refs.Refs[0].Target });
        remote.RefChanges.Changed.Add(new Monorepo.Formats.Protos.Ref { Name = "refs/tags/a" });
        remote.RefChanges.Changed.Add(new Monorepo.Formats.Protos.Ref { Name = "refs/heads/main", Target = Google.Protobuf.ByteString.CopyFrom(Id(remote, 1).AsSpan()) });
        PullResult result = await clone.PullAsync(remote, null, Token);
        Assert.Equal(5UL, remote.HistoryQueries[^1].KnownRefOffset);
        Assert.Equal(["refs/heads/main", "refs/tags/a", "refs/tags/c"], result.Moves.Select(m => m.Name.Value));
        using Clone again = Clone.Open(Target);
        Assert.Equal(["refs/heads/main", "refs/tags/b", "refs/tags/c"], again.Refs.List().Select(r => r.Name.Value));
        Assert.Equal((6UL, "refs/heads/other"), (again.Refs.Offset, again.Refs.DefaultBranch!.Value.Value));
        Assert.Equal(Id(remote, 2), again.Refs.Find(RefName.Parse("refs/tags/c"))!.Value.Peeled);

        // A ref named twice, or one that is no ref.
        remote.Refs.Offset = 6;
        remote.RefChanges.Changed.Add(remote.RefChanges.Changed[0]);
        Assert.Equal(RemoteError.Broken, (await Assert.ThrowsAsync<RemoteException>(() => again.PullAsync(remote, null, Token))).Error);
    }

    [Fact]
    public async Task A_clone_that_was_given_up_goes_on_when_it_is_repeated()
    {
        FakeRemote remote = Line(50);
        foreach (int runs in (int[])[3, 0, 0, 0])
        {
            remote.CutAfterParts.Enqueue(runs);
        }

        await Assert.ThrowsAsync<RemoteException>(() => Clone.CreateAsync(remote, Target, null, Token));
        Assert.Equal(CloneError.Incomplete, Assert.Throws<CloneException>(() => Clone.Open(Target)).Error);

        remote.CutAfterParts.Clear();
        remote.HistoryQueries.Clear();
        using Clone clone = await Clone.CreateAsync(remote, Target, null, Token);
        Assert.Equal([15], remote.AskedPositions);
        AssertFindsAll(remote);
        Assert.Equal(CloneError.NotEmpty, (await Assert.ThrowsAsync<CloneException>(() => Clone.CreateAsync(remote, Target, null, Token))).Error);
    }

    [Fact]
    public async Task A_rebuilt_history_restarts_an_unfinished_clone_and_refuses_a_pull()
    {
        FakeRemote remote = Line(30);
        foreach (int runs in (int[])[3, 0, 0, 0])
        {
            remote.CutAfterParts.Enqueue(runs);
        }

        await Assert.ThrowsAsync<RemoteException>(() => Clone.CreateAsync(remote, Target, null, Token));
        remote.CutAfterParts.Clear();
        remote.Epoch = 8;
        using Clone clone = await Clone.CreateAsync(remote, Target, null, Token);
        Assert.Equal(30, clone.History.Count);

        remote.Epoch = 9;
        Assert.Equal(CloneError.HistoryRebuilt, (await Assert.ThrowsAsync<CloneException>(() => clone.PullAsync(remote, null, Token))).Error);
        Assert.Equal(30, clone.History.Count);
    }

    [Fact]
    public async Task What_a_crash_left_behind_the_state_is_cut_off()
    {
        FakeRemote remote = Line(20);
        using Clone clone = await Clone.CreateAsync(remote, Target, null, Token);
        foreach (string name in (string[])["segments", "tail-0", "graph", "edges"])
        {
            await File.AppendAllTextAsync(Path.Combine(clone.Paths.History, name), new string('x', 1000), Token);
        }

        AssertFindsAll(remote);
        AddCommits(remote, 20);
        await clone.PullAsync(remote, null, Token);
        AssertFindsAll(remote);
    }

    [Theory]
    [InlineData("graph")]
    [InlineData("tail-0")]
    [InlineData("state")]
    public async Task Damage_is_found_and_never_believed(string name)
    {
        FakeRemote remote = Line(20);
        (await Clone.CreateAsync(remote, Target, null, Token)).Dispose();
        string path = Path.Combine(new ClonePaths(Target).History, name);
        byte[] good = await File.ReadAllBytesAsync(path, Token);
        for (int at = 0; at < good.Length; at++)
        {
            byte[] bad = [.. good];
            bad[at] ^= 0x10;
            await File.WriteAllBytesAsync(path, bad, Token);

            Exception? found = Record.Exception(() => ReadEverything(remote));
            Assert.True(found is CorruptHistoryException, $"byte {at}: {found}");
        }

        for (int length = name == "graph" ? good.Length : 0; length < good.Length; length += 7)
        {
            await File.WriteAllBytesAsync(path, good[..length], Token);
            Assert.Throws<CorruptHistoryException>(() => ReadEverything(remote));
        }
    }

    [Theory]
    [InlineData("graph", true)]
    [InlineData("graph", false)]
    [InlineData("index", true)]
    [InlineData("index", false)]
    public async Task What_a_power_loss_took_of_the_derived_files_comes_back_with_a_pull(string name, bool isCut)
    {
        FakeRemote remote = Line(60);
        using Clone clone = await Clone.CreateAsync(remote, Target, null, Token);
        string path = Path.Combine(clone.Paths.History, name);
        byte[] good = await File.ReadAllBytesAsync(path, Token);
        for (int length = 0; length < good.Length; length += 1 + (good.Length / 29))
        {
            // A file may lose its length, or keep it and lose its bytes.
            await File.WriteAllBytesAsync(path, isCut ? good[..length] : [.. good[..length], .. new byte[good.Length - length]], Token);
            using Clone opened = Clone.Open(Target);
            await opened.PullAsync(remote, null, Token);
            AssertFindsAll(remote);
            ReadEverything(remote);
        }
    }

    [Fact]
    public async Task What_can_only_be_fetched_again_says_how_and_that_works()
    {
        FakeRemote remote = Line(20);
        using Clone clone = await Clone.CreateAsync(remote, Target, null, Token);
        clone.SetHead(clone.Head with { Commit = Id(remote, 3) });
        foreach ((string name, string content) in ((string, string)[])[("state", "mr-history 1\nepoch 7\n"), ("state", "MRHIST9\n"), ("state", ""), ("tail-0", "")])
        {
            await File.WriteAllTextAsync(Path.Combine(clone.Paths.History, name), content, Token);
            CorruptHistoryException e = Assert.Throws<CorruptHistoryException>(() => ReadEverything(remote));
            Assert.Contains($"Remove the folder '{clone.Paths.History}' and run 'mr pull'", e.Message, StringComparison.Ordinal);
            Directory.Delete(clone.Paths.History, recursive: true);
            using Clone opened = Clone.Open(Target);
            Assert.Equal(20, (await opened.PullAsync(remote, null, Token)).NewCommits);
            Assert.Equal(Id(remote, 3), opened.Head.Commit);
            ReadEverything(remote);
        }
    }

    [Fact]
    public async Task Many_small_pulls_read_like_one()
    {
        FakeRemote remote = Line(1);
        using Clone clone = await Clone.CreateAsync(remote, Target, null, Token);
        for (int i = 0; i < 150; i++)
        {
            AddCommits(remote, 1 + (i % 3));
            Assert.Equal(1 + (i % 3), (await clone.PullAsync(remote, null, Token)).NewCommits);
            HistoryState state = HistoryState.Load(new HistoryFiles(clone.Paths.History).State);
            Assert.InRange(state.Tail.Length, 1, PieceWriter.TailPiecesMax);
            Assert.InRange(Directory.GetFiles(clone.Paths.History, "tail-*").Length, 1, 2);
        }

        ReadEverything(remote);
        AssertFindsAll(remote);

        // Enough for segments, in runs of every size; the ones before go there with them.
        AddCommits(remote, 9000);
        await clone.PullAsync(remote, null, Token);
        AddCommits(remote, 5);
        await clone.PullAsync(remote, null, Token);
        HistoryState merged = HistoryState.Load(new HistoryFiles(clone.Paths.History).State);
        Assert.NotEmpty(merged.Segments);
        Assert.InRange(merged.Segments.Length + merged.Tail.Length, 2, 20 + PieceWriter.TailPiecesMax);
        ReadEverything(remote);
        AssertFindsAll(remote);
    }

    [Fact]
    public async Task A_damaged_index_hides_commits_and_never_shows_wrong_ones()
    {
        FakeRemote remote = Line(40);
        (await Clone.CreateAsync(remote, Target, null, Token)).Dispose();
        string path = Path.Combine(new ClonePaths(Target).History, "index");
        byte[] good = await File.ReadAllBytesAsync(path, Token);
        byte[] bad = [.. good];
        Random random = new(11);
        for (int i = CommitIndexFormat.HeaderBytes; i < bad.Length; i++)
        {
            bad[i] = bad[i] == 0 && i % 3 != 0 ? (byte)0 : (byte)random.Next(256);
        }

        await File.WriteAllBytesAsync(path, bad, Token);
        using CommitLog log = CommitLog.Open(new ClonePaths(Target).History);
        for (int i = 0; i < remote.Commits.Count; i++)
        {
            if (log.TryFind(Id(remote, i), out CommitNode node))
            {
                Assert.Equal(i, node.Position);
            }

            Assert.All(log.Find(HexPrefix.TryParse(Id(remote, i).ToString().AsSpan(0, 8), out HexPrefix prefix) ? prefix : default).Candidates, c => Assert.Equal(Id(remote, i), c.Id));
        }
    }

    [Fact]
    public async Task A_server_that_lies_is_refused()
    {
        FakeRemote parentMissing = Line(10);
        parentMissing.Commits.RemoveAt(4);
        await Assert.ThrowsAsync<CorruptHistoryException>(() => Clone.CreateAsync(parentMissing, _directory.File("a"), null, Token));

        FakeRemote twice = Line(10);
        twice.Commits.Add(twice.Commits[3]);
        await Assert.ThrowsAsync<CorruptHistoryException>(() => Clone.CreateAsync(twice, _directory.File("b"), null, Token));

        FakeRemote otherTip = Line(10);
        otherTip.Refs.Refs[0].Target = Google.Protobuf.ByteString.CopyFrom(Id(Line(12), 11).AsSpan());
        await Assert.ThrowsAsync<CorruptHistoryException>(() => Clone.CreateAsync(otherTip, _directory.File("c"), null, Token));

        FakeRemote damaged = Line(10);
        damaged.OnSendPart = part =>
        {
            byte[] bytes = part.Data.ToByteArray();
            bytes[^1] ^= 1;
            return new Monorepo.Formats.Protos.SegmentPart(part) { Data = Google.Protobuf.ByteString.CopyFrom(bytes) };
        };
        await Assert.ThrowsAsync<CorruptHistoryException>(() => Clone.CreateAsync(damaged, _directory.File("d"), null, Token));

        Func<Monorepo.Formats.Protos.SegmentPart, Monorepo.Formats.Protos.SegmentPart>[] breaks =
        [
            part => new(part) { Position = part.Position + 1 },
            part => new(part) { Offset = part.Offset + 1 },
            part => new(part) { Count = part.Count + 1 },
            part => new(part) { Count = 0 },
            part => new(part) { TotalBytes = uint.MaxValue },
            part => new(part) { TotalBytes = (uint)part.Data.Length - 1 },
            part => new(part) { Data = Google.Protobuf.ByteString.Empty },
        ];
        for (int i = 0; i < breaks.Length; i++)
        {
            FakeRemote broken = Line(10);
            broken.OnSendPart = breaks[i];
            string target = _directory.File($"broken{i}");
            Exception e = await Assert.ThrowsAnyAsync<IOException>(() => Clone.CreateAsync(broken, target, null, Token));
            Assert.True(e is CorruptHistoryException or RemoteException { Error: RemoteError.Broken }, e.ToString());
        }
    }

    [Fact]
    public async Task Only_one_command_changes_a_clone_at_a_time()
    {
        FakeRemote remote = Line(3);
        using Clone clone = await Clone.CreateAsync(remote, Target, null, Token);
        using (CloneLock.Take(clone.Paths))
        {
            Assert.Null(CloneLock.TryTake(clone.Paths));
            CloneException locked = await Assert.ThrowsAsync<CloneException>(() => clone.PullAsync(remote, null, Token));
            Assert.Equal(CloneError.Locked, locked.Error);
            Assert.Contains($"(process {Environment.ProcessId})", locked.Message, StringComparison.Ordinal);
        }

        Assert.True((await clone.PullAsync(remote, null, Token)).IsUpToDate);
    }

    [Fact]
    public async Task Refuses_what_is_no_place_for_a_clone_and_what_is_none()
    {
        await File.WriteAllTextAsync(_directory.File("file"), "", Token);
        Assert.Equal(CloneError.NotEmpty, (await Assert.ThrowsAsync<CloneException>(() => Clone.CreateAsync(Line(1), _directory.Path, null, Token))).Error);
        Assert.Equal(CloneError.NotAClone, Assert.Throws<CloneException>(() => Clone.Open(_directory.Path)).Error);

        (await Clone.CreateAsync(Line(1), Target, null, Token)).Dispose();
        await File.WriteAllTextAsync(new ClonePaths(Target).Config, """{"version": 2, "url": "http://a/b"}""", Token);
        Assert.Equal(CloneError.OtherVersion, Assert.Throws<CloneException>(() => Clone.Open(Target)).Error);
        await File.WriteAllTextAsync(new ClonePaths(Target).Config, """{"version": 1, "url": "http://a/b", "more": 1}""", Token);
        Assert.Equal(CloneError.Damaged, Assert.Throws<CloneException>(() => Clone.Open(Target)).Error);
    }

    [Fact]
    public async Task What_is_checked_out_is_remembered()
    {
        FakeRemote remote = Line(3);
        using Clone clone = await Clone.CreateAsync(remote, Target, null, Token);
        HeadState head = new(null, Id(remote, 1));
        clone.SetHead(head);
        using Clone again = Clone.Open(Target);
        Assert.Equal(head, again.Head);
        Assert.True(again.Head.IsDetached);
    }

    internal static FakeRemote Line(int commits, int partBytes = 1 << 20)
    {
        FakeRemote remote = new() { PartBytes = partBytes };
        remote.Refs.DefaultBranch = "refs/heads/main";
        AddCommits(remote, commits);
        return remote;
    }

    /// <summary>A server that has the first commits of another one's line.</summary>
    internal static FakeRemote Beginning(FakeRemote whole, int commits)
    {
        FakeRemote remote = new() { CommitsPerSegment = 400 };
        remote.Refs.DefaultBranch = "refs/heads/main";
        remote.Commits.AddRange(whole.Commits.Take(commits));
        remote.Refs.Refs.Add(new Monorepo.Formats.Protos.Ref { Name = "refs/heads/main", Target = Google.Protobuf.ByteString.CopyFrom(Id(whole, commits - 1).AsSpan()) });
        return remote;
    }

    internal static void AddCommits(FakeRemote remote, int count)
    {
        for (int i = 0; i < count; i++)
        {
            int number = remote.Commits.Count;
            string parent = number == 0 ? "" : $"parent {Id(remote, number - 1)}\n";
            remote.Commits.Add(System.Text.Encoding.ASCII.GetBytes($"tree {ObjectId.Null}\n{parent}author a <a> {number} +0000\ncommitter a <a> {number} +0000\n\n{number}\n"));
        }

        remote.Refs.Refs.Clear();
        remote.Refs.Refs.Add(new Monorepo.Formats.Protos.Ref { Name = "refs/heads/main", Target = Google.Protobuf.ByteString.CopyFrom(Id(remote, remote.Commits.Count - 1).AsSpan()) });
    }

    private static ObjectId Id(FakeRemote remote, int position) => ObjectHasher.Hash(ObjectKind.Commit, remote.Commits[position]);

    private void AssertFindsAll(FakeRemote remote, string? target = null)
    {
        using CommitLog log = CommitLog.Open(new ClonePaths(target ?? Target).History);
        Assert.Equal(remote.Commits.Count, log.Count);
        for (int i = 0; i < log.Count; i++)
        {
            Assert.True(log.TryFind(Id(remote, i), out CommitNode node));
            Assert.Equal(i, node.Position);
        }
    }

    private void ReadEverything(FakeRemote remote, string? target = null)
    {
        using CommitLog log = CommitLog.Open(new ClonePaths(target ?? Target).History);
        for (int i = 0; i < remote.Commits.Count; i++)
        {
            CommitNode node = log.GetNode(i);
            if (log.Read(i).Body.Span.SequenceEqual(remote.Commits[i]) && node.Id == Id(remote, i))
            {
                continue;
            }

            Assert.Fail($"Position {i} was read wrong.");
        }
    }
}
