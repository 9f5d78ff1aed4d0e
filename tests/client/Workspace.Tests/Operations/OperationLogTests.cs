using System.Collections.Immutable;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Operations;

namespace Monorepo.Workspace.Tests.Operations;

public sealed class OperationLogTests : IDisposable
{
    private static readonly RefName s_main = RefName.Parse("refs/heads/main");
    private static readonly RefName s_topic = RefName.Parse("refs/heads/tópic");

    private readonly TempDirectory _directory = new();

    private string FilePath => _directory.File("operations");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        OperationState before = State(1, s_main, (s_topic, 2));
        OperationState after = State(3, null, (s_main, 4)) with { Files = before.Files.Add("MERGE_HEAD", "x\n"u8.ToArray()) };
        OperationLog log = OperationLog.Load(FilePath);
        log.Append(
            new Operation(0, 0x0102030405, "mr merge tópic")
            {
                Traits = OperationTraits.MovesFiles | OperationTraits.Interrupted,
                Relation = OperationRelation.Redo,
                Target = 7,
                Token = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
                Discarded = [Id(5)],
                PutBack = [Id(6), Id(7)],
                Before = before,
                After = after,
            },
            isSynced: true);
        Assert.Equal(
            "4D524F504C4F4731" // MROPLOG1
            + "72000000" + "0152F100" // the base
            + "01" + "0000000000000000" + "03" + "0F00" + Hex("refs/heads/main") + Repeated(1) + Repeated(101)
            + "01000000" + "1100" + Hex("refs/heads/tópic") + Repeated(2) + "00000000"
            + "11010000" + "04042F7F"
            + "02" + "0100000000000000" + "0504030201000000" + "05" + "02" + "0700000000000000" + "33221100554477668899AABBCCDDEEFF"
            + "0F00" + Hex("mr merge tópic") + "01000000" + Repeated(5) + "02000000" + Repeated(6) + Repeated(7)
            + "03" + "0000" + Repeated(3) + Repeated(103)
            + "02000000" + "0F00" + Hex("refs/heads/main") + Repeated(4) + "1100" + Hex("refs/heads/tópic") + Repeated(0)
            + "01000000" + "0A00" + Hex("MERGE_HEAD") + "02000000" + Hex("x\n"),
            Convert.ToHexString(File.ReadAllBytes(FilePath)));
        Operation read = Assert.Single(OperationLog.Load(FilePath).Operations);
        AssertSame(log.Operations[0], read);
        AssertSame(before, read.Before);
        AssertSame(after, read.After);
    }

    [Fact]
    public void A_log_cut_anywhere_keeps_the_operations_before_and_the_next_writer_cuts_the_rest()
    {
        List<long> ends = Fill(3);
        byte[] whole = File.ReadAllBytes(FilePath);
        OperationLog full = OperationLog.Load(FilePath);
        for (int length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(FilePath, whole[..length]);
            OperationLog cut = OperationLog.Load(FilePath);
            int kept = ends.Count(e => e <= length);
            Assert.Equal(kept, cut.Operations.Count);
            if (kept == 0)
            {
                continue;
            }

            AssertSame(full.Operations[kept - 1].After, cut.State!);
            cut.Append(Numbered(99, cut.State!, State(9, s_main)), isSynced: false);
            OperationLog again = OperationLog.Load(FilePath);
            Assert.Equal([.. full.Operations.Take(kept).Select(o => o.Command), "command 99"], again.Operations.Select(o => o.Command));
            AssertSame(State(9, s_main), again.State!);
        }
    }

    [Fact]
    public void A_log_damaged_anywhere_ends_there_and_never_tells_anything_wrong()
    {
        Fill(3);
        byte[] whole = File.ReadAllBytes(FilePath);
        OperationLog full = OperationLog.Load(FilePath);
        for (int at = OperationRecords.Magic.Length; at < whole.Length; at++)
        {
            byte[] bad = [.. whole];
            bad[at] ^= 0x10;
            File.WriteAllBytes(FilePath, bad);
            OperationLog read = OperationLog.Load(FilePath);
            Assert.True(read.Operations.Count < full.Operations.Count);
            foreach ((Operation known, Operation found) in full.Operations.Zip(read.Operations))
            {
                AssertSame(known, found);
            }
        }

        File.WriteAllBytes(FilePath, [.. whole, .. new byte[100]]);
        Assert.Equal(3, OperationLog.Load(FilePath).Operations.Count);
        File.WriteAllText(FilePath, "something else");
        Assert.Throws<CorruptHistoryException>(() => OperationLog.Load(FilePath));
    }

    [Fact]
    public void Old_operations_are_forgotten_and_what_stays_is_what_it_was()
    {
        OperationLog log = OperationLog.Load(FilePath);
        OperationState state = State(0, s_main);
        const int Many = OperationLog.OperationsMax * 2;
        for (int i = 1; i <= Many; i++)
        {
            OperationState next = State(i % 200, i % 2 == 0 ? s_main : null, (s_topic, (i % 100) + 1));
            log.Append(Numbered(i, state, next), isSynced: false);
            state = next;
        }

        OperationLog read = OperationLog.Load(FilePath);
        Assert.InRange(read.Operations.Count, OperationLog.OperationsMax, OperationLog.OperationsMax * 5 / 4);
        Assert.Equal(Many, read.LastNumber);
        Assert.Equal(read.Operations.Count, log.Operations.Count);
        AssertSame(state, read.State!);
        foreach ((Operation known, Operation found) in log.Operations.Zip(read.Operations))
        {
            AssertSame(known, found);
            Assert.Equal($"command {found.Number}", found.Command);
        }
    }

    [Fact]
    public void Operations_over_the_age_are_forgotten()
    {
        OperationLog log = OperationLog.Load(FilePath);
        long day = (long)TimeSpan.FromDays(1).TotalMilliseconds;
        log.Append(Numbered(1, State(0, s_main), State(1, s_main)) with { TimeMs = 1 * day }, isSynced: false);
        log.Append(Numbered(2, State(1, s_main), State(2, s_main)) with { TimeMs = 50 * day }, isSynced: false);
        log.Append(Numbered(3, State(2, s_main), State(3, s_main)) with { TimeMs = 100 * day }, isSynced: false);
        Assert.Equal(3, log.Operations.Count);
        log.Append(Numbered(4, State(3, s_main), State(4, s_main)) with { TimeMs = 120 * day }, isSynced: false);
        Assert.Equal([2L, 3L, 4L], OperationLog.Load(FilePath).Operations.Select(o => o.Number));
        Assert.True(log.WasShortened);
    }

    [Fact]
    public void What_one_run_does_is_one_operation_and_so_is_what_finishes_a_cut_one()
    {
        OperationLog log = OperationLog.Load(FilePath);
        OperationState[] states = [.. Enumerable.Range(0, 5).Select(i => State(i, s_main))];
        states[3] = states[3] with { Files = states[3].Files.Add(UnfinishedWork.CheckoutJournal, "cut"u8.ToArray()) };
        Guid run = Guid.NewGuid();
        log.Append(Numbered(0, states[0], states[1]) with { Token = run, Traits = OperationTraits.MovesFiles, Discarded = [Id(1)] }, isSynced: false);
        log.Append(Numbered(0, states[1], states[2]) with { Token = run, Discarded = [Id(2), Id(1)] }, isSynced: false);
        log.Append(Numbered(1, states[2], states[3]) with { Traits = OperationTraits.Interrupted }, isSynced: false);
        Guid other = Guid.NewGuid();
        log.Append(Numbered(2, states[3], states[4]) with { Token = other }, isSynced: false);
        log.Append(Numbered(3, states[4], states[0]) with { Token = other }, isSynced: false);
        foreach (OperationLog seen in (OperationLog[])[log, OperationLog.Load(FilePath)])
        {
            Assert.Equal(["command 0", "command 1", "command 3"], seen.Operations.Select(o => o.Command));
            Assert.Equal([1L, 2L, 3L], seen.Operations.Select(o => o.Number));
            AssertSame(states[0], seen.Operations[0].Before);
            AssertSame(states[2], seen.Operations[0].After);
            Assert.Equal(OperationTraits.MovesFiles, seen.Operations[0].Traits);
            Assert.Equal([Id(1), Id(2)], seen.Operations[0].Discarded);
            AssertSame(states[2], seen.Operations[1].Before);
            AssertSame(states[4], seen.Operations[1].After);
            Assert.Empty(seen.Operations[1].Change.Files);
        }
    }

    [Fact]
    public void Undo_goes_back_one_by_one_and_redo_forward_until_something_else_is_done()
    {
        OperationLog log = OperationLog.Load(FilePath);
        void Do(OperationRelation relation, long target) => log.Append(
            Numbered(0, log.State ?? State(0, s_main), State((int)log.LastNumber + 1, s_main)) with { Relation = relation, Target = target }, isSynced: false);
        Do(OperationRelation.None, 0);
        Do(OperationRelation.None, 0);
        Do(OperationRelation.Undo, 2);
        Assert.Equal((1L, 2L), (log.NextToUndo!.Number, log.NextToRedo!.Number));
        Do(OperationRelation.Undo, 1);
        Assert.Null(log.NextToUndo);
        Assert.Equal(1, log.NextToRedo!.Number);
        Do(OperationRelation.Redo, 1);
        Assert.Equal((1L, 2L), (log.NextToUndo!.Number, log.NextToRedo!.Number));
        Assert.Equal([2L], log.Undone());
        Do(OperationRelation.None, 0);
        Assert.Equal(6, log.NextToUndo!.Number);
        Assert.Null(log.NextToRedo);
    }

    private List<long> Fill(int count)
    {
        OperationLog log = OperationLog.Load(FilePath);
        OperationState state = State(0, s_main);
        List<long> ends = [];
        for (int i = 1; i <= count; i++)
        {
            OperationState next = State(i, i % 2 == 0 ? s_main : null, (s_topic, i + 10));
            log.Append(Numbered(i, state, next), isSynced: false);
            ends.Add(new FileInfo(FilePath).Length);
            state = next;
        }

        return ends;
    }

    private static Operation Numbered(int number, OperationState before, OperationState after) =>
        new(0, 1000, $"command {number}") { Token = Guid.NewGuid(), Before = before, After = after };

    private static OperationState State(int seed, RefName? branch, params (RefName Name, int Target)[] refs) => new(
        new HeadState(branch, Id(seed)),
        refs.ToImmutableSortedDictionary(static r => r.Name, static r => Id(r.Target)),
        Id((seed + 100) % 256),
        OperationState.Empty.Files);

    private static ObjectId Id(int seed) => new(Enumerable.Repeat((byte)(seed == 0 ? 0xFF : seed), ObjectId.Size).ToArray());

    private static string Repeated(int value) => Convert.ToHexString(Enumerable.Repeat((byte)value, ObjectId.Size).ToArray());

    private static string Hex(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text));

    private static void AssertSame(OperationState expected, OperationState actual) => Assert.True(StateChange.Between(expected, actual).IsEmpty, $"{expected.Head} {actual.Head}");

    private static void AssertSame(Operation expected, Operation actual)
    {
        Assert.Equal(
            (expected.Number, expected.TimeMs, expected.Command, expected.Traits, expected.Relation, expected.Target, expected.Token),
            (actual.Number, actual.TimeMs, actual.Command, actual.Traits, actual.Relation, actual.Target, actual.Token));
        Assert.Equal(expected.Discarded, actual.Discarded);
        Assert.Equal(expected.PutBack, actual.PutBack);
        AssertSame(expected.Before, actual.Before);
        AssertSame(expected.After, actual.After);
    }
}
