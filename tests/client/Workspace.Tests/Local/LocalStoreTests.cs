using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Tests.Local;

public sealed class LocalStoreTests : IDisposable
{
    private static readonly RefName s_main = RefName.Parse("refs/heads/main");
    private static readonly RefName s_other = RefName.Parse("refs/heads/other/näme");

    private readonly TempDirectory _directory = new();

    private string Path => _directory.File("local");

    private string Journal => System.IO.Path.Combine(Path, "journal");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Nothing_local_takes_no_files()
    {
        using LocalStore store = LocalStore.Open(Path);
        Assert.Empty(store.Commits);
        Assert.Empty(store.Refs);
        Assert.Null(store.TryRead(Blob("x").Id));
        Assert.False(Directory.Exists(Path));
    }

    [Fact]
    public void What_was_promised_is_there_when_it_is_opened_again()
    {
        using LocalStore store = LocalStore.Open(Path);
        ObjectId first = Commit(store, s_main, "one", "a", "b");
        ObjectId second = Commit(store, s_other, "two", "b", "c");
        using LocalStore again = LocalStore.Open(Path);
        foreach (LocalStore seen in (LocalStore[])[store, again])
        {
            Assert.Equal([first, second], seen.Commits);
            Assert.Equal(first, seen.Refs[s_main]);
            Assert.Equal(second, seen.Refs[s_other]);
            Assert.Equal("b", Encoding.UTF8.GetString(seen.TryRead(Blob("b").Id)!.Body.Span));

            // Each commit names all it needs, though a blob of both is there once.
            Assert.Equal([Blob("a").Id, Blob("b").Id, first], seen.ObjectsOf(first));
            Assert.Equal([Blob("b").Id, Blob("c").Id, second], seen.ObjectsOf(second));
        }
    }

    [Fact]
    public void Objects_that_were_not_promised_do_not_count()
    {
        using LocalStore store = LocalStore.Open(Path);
        ObjectId kept = Commit(store, s_main, "one", "a");
        using (LocalBatch batch = store.Begin())
        {
            batch.Add(ObjectKind.Blob, new byte[100_000]);
        }

        ObjectId next = Commit(store, s_main, "two", "b");
        using LocalStore again = LocalStore.Open(Path);
        Assert.Equal([kept, next], again.Commits);
        Assert.Equal("b", Encoding.UTF8.GetString(again.TryRead(Blob("b").Id)!.Body.Span));
        Assert.Null(again.TryRead(ObjectHasher.Hash(ObjectKind.Blob, new byte[100_000])));
    }

    [Fact]
    public void A_journal_cut_anywhere_in_its_last_batch_keeps_the_others()
    {
        ObjectId kept;
        ObjectId lost;
        int before;
        using (LocalStore store = LocalStore.Open(Path))
        {
            kept = Commit(store, s_main, "one", "a");
            before = (int)new FileInfo(Journal).Length;
            lost = Commit(store, s_main, "two", "b");
        }

        byte[] journal = File.ReadAllBytes(Journal);
        for (int length = before; length < journal.Length; length++)
        {
            File.WriteAllBytes(Journal, journal[..length]);
            using LocalStore cut = LocalStore.Open(Path);
            Assert.Equal([kept], cut.Commits);
            Assert.Equal(kept, cut.Refs[s_main]);
        }

        // Zeros of more than the batch's length, as after a power loss, are cut off by the next writer.
        File.WriteAllBytes(Journal, [.. journal[..before], .. new byte[journal.Length - before + 9]]);
        using LocalStore torn = LocalStore.Open(Path);
        Assert.Equal([kept], torn.Commits);
        Assert.Equal(lost, Commit(torn, s_main, "two", "b"));
        Assert.Equal(journal, File.ReadAllBytes(Journal));
    }

    [Fact]
    public void Damage_before_the_last_batch_is_reported()
    {
        using (LocalStore store = LocalStore.Open(Path))
        {
            Commit(store, s_main, "one", "a");
            Commit(store, s_main, "two", "b");
        }

        byte[] journal = File.ReadAllBytes(Journal);
        foreach (int at in (int[])[0, 9, 17, 40])
        {
            byte[] bad = [.. journal];
            bad[at] ^= 0x40;
            File.WriteAllBytes(Journal, bad);
            Assert.Throws<CorruptHistoryException>(() => LocalStore.Open(Path));
        }
    }

    [Fact]
    public void A_damaged_object_is_never_given()
    {
        using LocalStore store = LocalStore.Open(Path);
        Commit(store, s_main, "one", "some content");
        string data = Directory.GetFiles(Path, "objects-*").Single();
        byte[] bytes = File.ReadAllBytes(data);
        bytes[7] ^= 1;
        File.WriteAllBytes(data, bytes);
        Assert.Throws<CorruptObjectException>(() => store.TryRead(Blob("some content").Id));
    }

    [Fact]
    public void What_landed_is_dropped_and_handed_over()
    {
        using LocalStore store = LocalStore.Open(Path);
        ObjectId first = Commit(store, s_main, "one", "a", "b");
        ObjectId second = Commit(store, s_other, "two", "b", "c");
        List<CacheEntry> saved = [];
        store.Drop(new HashSet<ObjectId> { first }, new HashSet<RefName> { s_main }, saved.AddRange);
        Assert.Equal([Blob("a").Id, Blob("b").Id], saved.Select(e => e.Id));
        Assert.All(saved, e => ObjectEnvelope.Open(e.Envelope.Span, e.Id, out _));
        using (LocalStore again = LocalStore.Open(Path))
        {
            Assert.Equal([second], again.Commits);
            Assert.Equal([s_other], again.Refs.Keys);
            Assert.Equal("b", Encoding.UTF8.GetString(again.TryRead(Blob("b").Id)!.Body.Span));
            Assert.Null(again.TryRead(Blob("a").Id));
        }

        Assert.Single(Directory.GetFiles(Path, "objects-*"));
        store.Drop(new HashSet<ObjectId> { second }, new HashSet<RefName> { s_other }, _ => { });
        Assert.Empty(Directory.GetFiles(Path));
        ObjectId third = Commit(store, s_main, "three", "d");
        using LocalStore last = LocalStore.Open(Path);
        Assert.Equal([third], last.Commits);
    }

    [Fact]
    public void Refs_change_alone()
    {
        using LocalStore store = LocalStore.Open(Path);
        ObjectId commit = Commit(store, s_main, "one", "a");
        store.SetRefs([(s_main, null), (s_other, commit)]);
        using LocalStore again = LocalStore.Open(Path);
        Assert.Equal(new Dictionary<RefName, ObjectId> { [s_other] = commit }, again.Refs);
        Assert.Equal([commit], again.Commits);
    }

    [Fact]
    public void The_journal_has_the_bytes_that_its_format_says()
    {
        byte[] header = LocalJournal.Header(0x0102030405060708);
        Assert.Equal("4D524C4F43414C31" + "0807060504030201", Convert.ToHexString(header.AsSpan(0, 16)));
        System.Buffers.ArrayBufferWriter<byte> records = new();
        ObjectId id = ObjectId.Parse("00112233445566778899aabbccddeeff01234567");
        LocalJournal.WriteObject(records, id, new LocalPlace(ObjectKind.Blob, 0x1122, 0x33));
        LocalJournal.WriteRef(records, s_main, null);
        Assert.Equal(
            "01" + "00112233445566778899AABBCCDDEEFF01234567" + "03" + "2211000000000000" + "33000000"
            + "02" + new string('0', 40) + "0F00" + Convert.ToHexString("refs/heads/main"u8),
            Convert.ToHexString(records.WrittenSpan));
        byte[] batch = LocalJournal.Batch(records.WrittenSpan);
        Assert.Equal("48000000", Convert.ToHexString(batch.AsSpan(0, 4)));
        LocalContents contents = LocalJournal.Read([.. header, .. batch], "journal");
        Assert.Equal(0x1122 + 0x33, contents.DataBytes);
        Assert.Empty(contents.Refs);
    }

    private static GitObject Blob(string text)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        return new GitObject(ObjectHasher.Hash(ObjectKind.Blob, body), ObjectKind.Blob, body);
    }

    private static ObjectId Commit(LocalStore store, RefName branch, string message, params string[] blobs)
    {
        using LocalBatch batch = store.Begin();
        foreach (string blob in blobs)
        {
            batch.Add(ObjectKind.Blob, Encoding.UTF8.GetBytes(blob));
        }

        ObjectId id = batch.Add(ObjectKind.Commit, Encoding.UTF8.GetBytes($"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\n{message}\n"));
        batch.SetRef(branch, id);
        batch.Promise();
        return id;
    }
}
