using System.Runtime.CompilerServices;
using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.Paths;
using Monorepo.Workspace.Remote;

namespace Monorepo.Workspace.Tests.Paths;

public sealed class KeptPathHistoriesTests : IDisposable
{
    private readonly TempDirectory _folder = new();
    private readonly PathServer _server = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_told_once_is_not_asked_for_again()
    {
        _server.Set("f", 1, 5, 9);
        Assert.Equal([9, 5, 1], await PositionsAsync(10, "f"));
        Assert.Equal([9, 5, 1], await PositionsAsync(10, "f"));
        Assert.Equal([5, 1], await PositionsAsync(9, "f"));
        Assert.Equal([9], await PositionsAsync(10, "f", limit: 1));
        Assert.Single(_server.Questions);

        _server.Set("f", 1, 5, 9, 12);
        Assert.Equal([12, 9, 5, 1], await PositionsAsync(20, "f"));
        Assert.Equal([10UL], _server.Questions[^1].From);
        Assert.Equal(2, _server.Questions.Count);
    }

    [Fact]
    public async Task A_short_answer_is_not_kept_for_the_whole()
    {
        _server.Set("f", 1, 5, 9);
        Assert.Equal([9, 5], await PositionsAsync(10, "f", limit: 2));
        Assert.Equal([9, 5, 1], await PositionsAsync(10, "f"));

        // Nor is one that leaves a gap to what is kept.
        _server.Set("f", 1, 5, 9, 12, 14, 16);
        Assert.Equal([16, 14], await PositionsAsync(20, "f", limit: 2));
        Assert.Equal([16, 14, 12, 9, 5, 1], await PositionsAsync(20, "f"));
    }

    [Fact]
    public async Task Without_the_server_it_tells_what_it_kept_and_from_where_on_it_does_not_know()
    {
        _server.Set("f", 1, 5, 9);
        _server.Set("g", 2);
        await PositionsAsync(10, "f");
        _server.IsDown = true;
        KeptPathHistories kept = Open();
        Assert.Equal([9, 5, 1], await PositionsAsync(10, "f", kept: kept));
        Assert.Null(kept.Failure);
        Assert.Equal([9, 5, 1], await PositionsAsync(20, "f", kept: kept));
        Assert.Equal((10, RemoteError.Unreachable), (kept.UnknownFrom, kept.Failure!.Error));
        Assert.Equal(RemoteError.Unreachable, (await Assert.ThrowsAsync<RemoteException>(() => PositionsAsync(10, "g"))).Error);
    }

    [Fact]
    public async Task Entries_come_with_changes_where_they_were_asked_for()
    {
        _server.Set("f", 1, 5, 9);
        await PositionsAsync(10, "f");
        PathHistoryBlock block = Assert.Single(await BlocksAsync(Open(), 10, 0, entries: true, "f"));
        Assert.Equal([109U, 105U, 101U], block.Modes);
        Assert.Equal(2, _server.Questions.Count);

        // With entries is more than without.
        _server.Set("f", 1, 5, 9, 11);
        Assert.Equal([11, 9, 5, 1], await PositionsAsync(12, "f"));
        block = Assert.Single(await BlocksAsync(Open(), 12, 0, entries: true, "f"));
        Assert.Equal([111U, 109U, 105U, 101U], block.Modes);
        Assert.Equal(4 * ObjectId.Size, block.Ids.Length);
        Assert.Equal(3, _server.Questions.Count);
    }

    [Fact]
    public async Task Damaged_files_and_other_epochs_are_asked_for_again()
    {
        _server.Set("f", 1, 5, 9);
        await PositionsAsync(10, "f");
        string file = Assert.Single(Directory.GetFiles(_folder.Path));
        byte[] good = await File.ReadAllBytesAsync(file, Cancel);
        for (int length = 0; length < good.Length; length++)
        {
            await File.WriteAllBytesAsync(file, good[..length], Cancel);
            Assert.Equal([9, 5, 1], await PositionsAsync(10, "f"));
        }

        Assert.Equal(good, await File.ReadAllBytesAsync(file, Cancel));
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] damaged = [.. good];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            await File.WriteAllBytesAsync(file, damaged, Cancel);
            int asked = _server.Questions.Count;
            Assert.Equal([9, 5, 1], await PositionsAsync(10, "f"));
            Assert.Equal(asked + 1, _server.Questions.Count);
        }

        int before = _server.Questions.Count;
        await BlocksAsync(Open(), 10, 0, entries: false, epoch: 8, "f");
        Assert.Equal(before + 1, _server.Questions.Count);
    }

    [Fact]
    public async Task The_file_has_these_bytes()
    {
        _server.Set("f", 1, 5, 9);
        await PositionsAsync(10, "f");
        byte[] file = await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(_folder.Path)), Cancel);
        Assert.Equal("MRPATH1\n"u8, file.AsSpan(0, 8));
        Assert.Equal(
            "0700000000000000" + "0a00000000000000" + "0100" + "0000" + "66" + "120b0a030904041201011a01052801", Convert.ToHexStringLower(file.AsSpan(12)));
    }

    [Fact]
    public async Task What_can_not_be_written_is_told_all_the_same()
    {
        _server.Set("f", 1, 5, 9);
        string file = Path.Combine(_folder.Path, "file");
        await File.WriteAllTextAsync(file, "", Cancel);
        Assert.Equal([9, 5, 1], await PositionsAsync(10, "f", kept: new KeptPathHistories(_server, file)));
    }

    [Fact]
    public async Task Random_questions_have_the_answers_of_the_server()
    {
        Random random = new(11);
        string[] names = ["a", "a/b", "c", ""];
        Dictionary<string, SortedSet<long>> changes = names.ToDictionary(n => n, _ => new SortedSet<long>());
        for (long length = 0, round = 0; round < 500; round++)
        {
            for (int i = random.Next(4); i > 0; i--)
            {
                changes[names[random.Next(names.Length)]].Add(length++);
            }

            foreach (string name in names)
            {
                _server.Set(name, [.. changes[name]]);
            }

            string[] asked = [.. names.Where(_ => random.Next(2) == 0)];
            long below = random.NextInt64(length + 1);
            int limit = random.Next(3) == 0 ? random.Next(1, 6) : 0;
            bool entries = random.Next(2) == 0;
            List<PathHistoryBlock> expected = await BlocksAsync(_server, below, limit, entries, asked);
            List<PathHistoryBlock> actual = await BlocksAsync(Open(), below, limit, entries, asked);
            for (int i = 0; i < asked.Length; i++)
            {
                Assert.Equal(Positions(expected, i), Positions(actual, i));
                Assert.Equal(expected.Where(b => b.Path == i).Sum(b => b.Changes.Merges.Count), actual[i].Changes.Merges.Count);
                if (entries)
                {
                    Assert.Equal(expected.Where(b => b.Path == i).SelectMany(b => b.Modes), actual[i].Modes);
                }
            }
        }

        Assert.True(_server.Questions.Count < 900);
    }

    private KeptPathHistories Open() => new(_server, _folder.Path);

    private async Task<IEnumerable<long>> PositionsAsync(long below, string path, int limit = 0, KeptPathHistories? kept = null) =>
        Positions(await BlocksAsync(kept ?? Open(), below, limit, entries: false, path), 0);

    private static Task<List<PathHistoryBlock>> BlocksAsync(IPathHistorySource source, long below, int limit, bool entries, params string[] paths) =>
        BlocksAsync(source, below, limit, entries, epoch: 7, paths);

    private static async Task<List<PathHistoryBlock>> BlocksAsync(IPathHistorySource source, long below, int limit, bool entries, ulong epoch, params string[] paths)
    {
        GetPathHistoryRequest request = new() { Epoch = epoch, Below = (ulong)below, Limit = (uint)limit, WantEntries = entries };
        request.Paths.AddRange(paths.Select(ByteString.CopyFromUtf8));
        List<PathHistoryBlock> blocks = [];
        await foreach (PathHistoryBlock block in source.GetPathHistoryAsync(request, Cancel))
        {
            blocks.Add(block);
        }

        return blocks;
    }

    private static List<long> Positions(List<PathHistoryBlock> blocks, int path)
    {
        List<long> positions = [];
        foreach (PathHistoryBlock block in blocks.Where(b => b.Path == path))
        {
            int start = positions.Count;
            foreach (ulong step in block.Changes.Steps)
            {
                positions.Add(positions.Count == start ? (long)step : positions[^1] - (long)step);
            }
        }

        return positions;
    }

    /// <summary>Answers as the server does, in blocks of two; the entry at a change is its position plus 100, and each third is a merge.</summary>
    private sealed class PathServer : IPathHistorySource
    {
        private readonly Dictionary<string, long[]> _paths = [];

        public List<GetPathHistoryRequest> Questions { get; } = [];

        public bool IsDown { get; set; }

        public void Set(string path, params long[] positions) => _paths[path] = positions;

        public async IAsyncEnumerable<PathHistoryBlock> GetPathHistoryAsync(
            GetPathHistoryRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Questions.Add(request);
            await Task.Yield();
            if (IsDown)
            {
                throw new RemoteException(RemoteError.Unreachable, "down");
            }

            for (int path = 0; path < request.Paths.Count; path++)
            {
                long from = request.From.Count == 0 ? 0 : (long)request.From[path];
                long[] found = [.. _paths[request.Paths[path].ToStringUtf8()].Where(p => p < (long)request.Below && p >= from).OrderDescending()];
                found = request.Limit == 0 ? found : [.. found.Take((int)request.Limit)];
                long[][] blocks = [.. found.Chunk(2), .. found.Length == 0 ? new long[][] { [] } : []];
                for (int i = 0; i < blocks.Length; i++)
                {
                    yield return Block(path, blocks[i], request.WantEntries, isLast: i == blocks.Length - 1);
                }
            }
        }

        public Task<GetPathEntriesResponse> GetPathEntriesAsync(GetPathEntriesRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<GetLastModifiedResponse> GetLastModifiedAsync(GetLastModifiedRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        private static PathHistoryBlock Block(int path, long[] positions, bool entries, bool isLast)
        {
            PathHistoryBlock block = new() { Path = (uint)path, Changes = new PathChangeList(), IsLast = isLast };
            for (int i = 0; i < positions.Length; i++)
            {
                block.Changes.Steps.Add((ulong)(i == 0 ? positions[i] : positions[i - 1] - positions[i]));
                if (positions[i] % 3 == 2)
                {
                    block.Changes.Merges.Add((uint)i);
                    block.Changes.SameParents.Add((ulong)positions[i]);
                }
            }

            if (entries)
            {
                block.Modes.AddRange(positions.Select(p => (uint)p + 100));
                block.Ids = ByteString.CopyFrom([.. positions.SelectMany(p => Enumerable.Repeat((byte)p, ObjectId.Size))]);
            }

            return block;
        }
    }
}
