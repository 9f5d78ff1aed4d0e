using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Monorepo.Core.Tests;

public sealed class TreeTests
{
    private static readonly ObjectId s_id = ObjectId.Parse("ce013625030ba8dba906f756967f9e9ca394464a");

    [Fact]
    public void A_tree_is_written_in_gits_order()
    {
        TreeBuilder builder = new();
        // As directories "a" sorts after "a.b" and "a-b", as a file before them.
        builder.Add(FileMode.Directory, "a"u8, ObjectId.Parse("4b825dc642cb6eb9a060e54bf8d69288fbee4904"));
        builder.Add(FileMode.Regular, "a.b"u8, s_id);
        builder.Add(FileMode.Executable, "a-b"u8, s_id);
        builder.Add(FileMode.Submodule, "a0"u8, ObjectId.Parse("1111111111111111111111111111111111111111"));
        builder.Add(FileMode.SymbolicLink, "B"u8, s_id);
        byte[] body = builder.Build();
        Assert.Equal(["120000 B", "100755 a-b", "100644 a.b", "040000 a", "160000 a0"], Lines(body));
        TreeReader.Validate(body);
        // What git mktree says of the same entries.
        Assert.Equal("ae3dba8079afdac0b441c4356162bff932c61d2d", ObjectHasher.Hash(ObjectKind.Tree, body).ToString());
    }

    [Fact]
    public void A_name_stands_once()
    {
        TreeBuilder builder = new();
        builder.Add(FileMode.Regular, "a"u8, s_id);
        builder.Add(FileMode.Regular, "a.b"u8, s_id);
        builder.Add(FileMode.Directory, "a"u8, s_id);
        Assert.Throws<InvalidOperationException>(() => builder.Build());
        Assert.Throws<ArgumentException>(() => builder.Add(FileMode.Regular, "a/b"u8, s_id));
        Assert.Throws<ArgumentException>(() => builder.Add(FileMode.Regular, ""u8, s_id));
    }

    [Fact]
    public void Every_truncation_of_a_tree_is_refused_with_its_place()
    {
        TreeBuilder builder = new();
        builder.Add(FileMode.Regular, "one"u8, s_id);
        builder.Add(FileMode.Directory, "two"u8, s_id);
        byte[] body = builder.Build();
        int first = "100644 one\0".Length + ObjectId.Size;
        for (int length = 0; length < body.Length; length++)
        {
            byte[] cut = body[..length];
            if (length == 0 || length == first)
            {
                Lines(cut);
                continue;
            }

            MalformedObjectException e = Assert.Throws<MalformedObjectException>(() => Lines(cut));
            Assert.Equal(MalformedReason.Truncated, e.Reason);
            Assert.InRange(e.OffsetBytes, length > first ? first : 0, length);
        }
    }

    [Theory]
    [InlineData("10064x a\0", MalformedReason.BadMode)]
    [InlineData(" a\0", MalformedReason.BadMode)]
    [InlineData("10064400 a\0", MalformedReason.BadMode)]
    [InlineData("100644 \0", MalformedReason.BadName)]
    [InlineData("100644 a/b\0", MalformedReason.BadName)]
    public void Bad_entries_say_what_is_wrong(string entry, MalformedReason reason)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(entry), .. s_id.AsSpan()];
        Assert.Equal(reason, Assert.Throws<MalformedObjectException>(() => Lines(body)).Reason);
    }

    [Fact]
    public void Order_is_checked_when_asked_for()
    {
        byte[] body = [.. "100644 b\0"u8, .. s_id.AsSpan(), .. "100644 a\0"u8, .. s_id.AsSpan()];
        Assert.Equal(2, Lines(body).Count);
        MalformedObjectException e = Assert.Throws<MalformedObjectException>(() => TreeReader.Validate(body));
        Assert.Equal((MalformedReason.BadOrder, 29), (e.Reason, e.OffsetBytes));
    }

    [Fact]
    public void Old_modes_keep_their_bytes_and_are_known_by_kind()
    {
        byte[] body = [.. "100664 a\0"u8, .. s_id.AsSpan(), .. "040000 d\0"u8, .. s_id.AsSpan()];
        Assert.Equal(["100664 a", "040000 d"], Lines(body));
        Assert.Equal(FileMode.Regular, FileMode.GroupWritable.Canonical());
        Assert.Equal(EntryKind.File, FileMode.GroupWritable.Kind());
    }

    [Fact]
    public void Any_entries_come_back_sorted_and_valid()
    {
        Gen<(byte[] Name, FileMode Mode)> entry =
            from name in Gen.ArrayOf(Gen.Choose(1, 255).Where(b => b != '/').Select(b => (byte)b)).Where(n => n.Length > 0)
            from mode in Gen.Elements(FileMode.Regular, FileMode.Executable, FileMode.Directory, FileMode.SymbolicLink, FileMode.Submodule)
            select (name, mode);
        Prop.ForAll(entry.ListOf().ToArbitrary(), entries =>
        {
            var unique = entries.DistinctBy(e => Convert.ToHexString(e.Name)).ToList();
            TreeBuilder builder = new();
            foreach ((byte[] name, FileMode mode) in unique)
            {
                builder.Add(mode, name, s_id);
            }

            byte[] body = builder.Build();
            TreeReader.Validate(body);
            HashSet<string> read = [];
            foreach (TreeEntry e in new TreeReader(body))
            {
                read.Add(Convert.ToHexString(e.Name) + e.Mode);
            }

            return read.SetEquals(unique.Select(e => Convert.ToHexString(e.Name) + e.Mode));
        }).QuickCheckThrowOnFailure();
    }

    private static List<string> Lines(byte[] body)
    {
        List<string> lines = [];
        foreach (TreeEntry entry in new TreeReader(body))
        {
            lines.Add($"{entry.Mode.ToOctal()} {Encoding.UTF8.GetString(entry.Name)}");
        }

        return lines;
    }
}
