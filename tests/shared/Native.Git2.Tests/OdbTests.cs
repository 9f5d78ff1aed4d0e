using System.Text;

namespace Monorepo.Native.Git2.Tests;

public sealed class OdbTests : IDisposable
{
    private readonly GitProcess _git = new();

    public OdbTests() => _git.Run("init", "-q");

    private string Objects => Path.Combine(_git.Directory, ".git", "objects");

    public void Dispose() => _git.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reads_the_bytes_git_reads_for_every_kind(bool packed)
    {
        Commit();
        if (packed)
            _git.Run("gc", "-q");
        using Odb odb = Odb.Open(Objects);
        using OdbReader reader = odb.CreateReader();
        string[] listed = Text("cat-file", "--batch-all-objects", "--batch-check").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, listed.Length);
        foreach (string line in listed)
        {
            string[] fields = line.Split(' ');
            byte[] id = Convert.FromHexString(fields[0]);
            byte[] expected = _git.Run("cat-file", fields[1], fields[0]);
            OdbObjectHeader header = odb.ReadHeader(id)!.Value;
            Assert.Equal(fields[1], header.Kind.ToString().ToLowerInvariant());
            Assert.Equal(expected.Length, header.ContentBytes);
            Assert.True(odb.Exists(id));
            using OdbObject read = odb.Read(id)!;
            Assert.Equal(header.Kind, read.Kind);
            Assert.Equal(expected, read.Content.ToArray());
            Assert.True(reader.TryRead(id, out OdbObjectKind kind, out ReadOnlySpan<byte> content));
            Assert.Equal(header.Kind, kind);
            Assert.Equal(expected, content.ToArray());
        }
    }

    [Fact]
    public void An_absent_object_is_null_and_is_found_once_it_appears()
    {
        using Odb odb = Odb.Open(Objects);
        byte[] content = "later"u8.ToArray();
        byte[] id = Convert.FromHexString(Encoding.ASCII.GetString(_git.Run(0, content, "hash-object", "--stdin")).Trim());
        using OdbReader reader = odb.CreateReader();
        Assert.False(reader.TryRead(id, out _, out _));
        Assert.Null(odb.Read(id));
        Assert.Null(odb.ReadHeader(id));
        Assert.False(odb.Exists(id));
        _git.Run(0, content, "hash-object", "-w", "--stdin");
        odb.Refresh();
        using OdbObject read = odb.Read(id)!;
        Assert.Equal(content, read.Content.ToArray());
        Assert.True(reader.TryRead(id, out _, out ReadOnlySpan<byte> again));
        Assert.Equal(content, again.ToArray());
    }

    [Fact]
    public void A_reader_lets_damaged_packs_through_or_fails_but_never_crashes()
    {
        Commit();
        _git.Run("gc", "-q");
        string[] listed = Text("cat-file", "--batch-all-objects", "--batch-check").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string pack = Directory.GetFiles(Path.Combine(Objects, "pack"), "*.pack").Single();
        byte[] whole = File.ReadAllBytes(pack);
        for (int at = 12; at < whole.Length - 20; at += 7)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0xFF;
            Replace(pack, damaged);
            using Odb odb = Odb.Open(Objects);
            using OdbReader reader = odb.CreateReader();
            foreach (string line in listed)
            {
                try
                {
                    _ = reader.TryRead(Convert.FromHexString(line.Split(' ')[0]), out _, out _);
                }
                catch (Git2Exception)
                {
                    // An answer too.
                }
            }
        }
    }

    [Fact]
    public void An_object_outlives_its_database_and_not_its_disposal()
    {
        byte[] id = Convert.FromHexString(Encoding.ASCII.GetString(_git.Run(0, "kept"u8.ToArray(), "hash-object", "-w", "--stdin")).Trim());
        OdbObject read;
        using (Odb odb = Odb.Open(Objects))
            read = odb.Read(id)!;
        Assert.Equal("kept"u8.ToArray(), read.Content.ToArray());
        read.Dispose();
        Assert.Throws<ObjectDisposedException>(() => read.Content.Length);
    }

    [Fact]
    public void A_loose_object_cut_anywhere_or_overwritten_is_an_error_and_not_a_miss()
    {
        string hex = Encoding.ASCII.GetString(_git.Run(0, "whole"u8.ToArray(), "hash-object", "-w", "--stdin")).Trim();
        string path = Path.Combine(Objects, hex[..2], hex[2..]);
        byte[] whole = File.ReadAllBytes(path);
        using Odb odb = Odb.Open(Objects);

        // Behind the contents stand the end of the stream and its checksum, at most 6 bytes; SHA-1 vouches for contents that came whole.
        for (int length = 0; length < whole.Length - 6; length++)
        {
            Replace(path, whole[..length]);
            Assert.Throws<Git2Exception>(() => odb.Read(Convert.FromHexString(hex)));
        }

        Replace(path, [0x78, 0x01, 0, 1, 2, 3]);
        Assert.Throws<Git2Exception>(() => odb.Read(Convert.FromHexString(hex)));
    }

    [Fact]
    public void Objects_of_alternates_are_found()
    {
        byte[] id = Convert.FromHexString(Encoding.ASCII.GetString(_git.Run(0, "shared"u8.ToArray(), "hash-object", "-w", "--stdin")).Trim());
        _git.Run("init", "-q", "other");
        string other = Path.Combine(_git.Directory, "other", ".git", "objects");
        File.WriteAllText(Path.Combine(other, "info", "alternates"), "# a comment\n../../../.git/objects\n");
        using Odb odb = Odb.Open(other);
        using OdbObject read = odb.Read(id)!;
        Assert.Equal("shared"u8.ToArray(), read.Content.ToArray());
    }

    [Fact]
    public void Bytes_under_another_objects_id_are_refused()
    {
        string one = Encoding.ASCII.GetString(_git.Run(0, "one"u8.ToArray(), "hash-object", "-w", "--stdin")).Trim();
        string two = Encoding.ASCII.GetString(_git.Run(0, "two"u8.ToArray(), "hash-object", "-w", "--stdin")).Trim();
        File.Move(Path.Combine(Objects, one[..2], one[2..]), Path.Combine(Objects, two[..2], two[2..]), overwrite: true);
        using Odb odb = Odb.Open(Objects);
        Git2Exception error = Assert.Throws<Git2Exception>(() => odb.Read(Convert.FromHexString(two)));
        Assert.Equal(Git2Status.HashMismatch, error.Status);
    }

    [Fact]
    public void Misuse_and_an_absent_directory_are_refused()
    {
        Assert.Throws<Git2Exception>(() => Odb.Open(Path.Combine(_git.Directory, "nowhere")));
        using Odb odb = Odb.Open(Objects);
        Assert.Throws<ArgumentException>(() => odb.Read(new byte[19]));
        odb.Dispose();
        Assert.Throws<ObjectDisposedException>(() => odb.Exists(new byte[20]));
    }

    private static void Replace(string path, byte[] content)
    {
        File.Delete(path);
        File.WriteAllBytes(path, content);
    }

    private void Commit()
    {
        File.WriteAllBytes(Path.Combine(_git.Directory, "a.bin"), [0, 1, 2, 255]);
        File.WriteAllText(Path.Combine(_git.Directory, "empty"), "");
        _git.Run("add", ".");
        _git.Run("commit", "-q", "-m", "first");
        _git.Run("tag", "-a", "-m", "note", "v1");
    }

    private string Text(params string[] arguments) => Encoding.UTF8.GetString(_git.Run(arguments));
}
