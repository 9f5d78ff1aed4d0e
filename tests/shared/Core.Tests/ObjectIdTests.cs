namespace Monorepo.Core.Tests;

public sealed class ObjectIdTests
{
    private const string Hex = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    [Fact]
    public void Hex_goes_round_in_either_case()
    {
        Assert.Equal(Hex, ObjectId.Parse(Hex).ToString());
        Assert.Equal(ObjectId.Parse(Hex), ObjectId.Parse(Hex.ToUpperInvariant()));
        Assert.True(ObjectId.TryParse(System.Text.Encoding.ASCII.GetBytes(Hex), out ObjectId id));
        Assert.Equal(ObjectId.Parse(Hex), id);
        Assert.Equal("4b825dc", id.Abbreviate(7));
    }

    [Theory]
    [InlineData("")]
    [InlineData("4b825dc642cb6eb9a060e54bf8d69288fbee490")]
    [InlineData("4b825dc642cb6eb9a060e54bf8d69288fbee49040")]
    [InlineData("4b825dc642cb6eb9a060e54bf8d69288fbee490g")]
    [InlineData("4b825dc642cb6eb9a060e54bf8d69288fbee49é4")]
    public void What_is_not_forty_hex_digits_is_refused(string text)
    {
        Assert.False(ObjectId.TryParse(text.AsSpan(), out _));
        Assert.False(ObjectId.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out _));
        Assert.Throws<FormatException>(() => ObjectId.Parse(text));
    }

    [Fact]
    public void Ids_are_ordered_as_unsigned_bytes()
    {
        ObjectId low = ObjectId.Parse("7f" + Hex[2..]);
        ObjectId high = ObjectId.Parse("80" + Hex[2..]);
        Assert.True(low < high && high > low && low <= high && high >= low && low != high);
        Assert.True(ObjectId.Null.IsNull && !low.IsNull);
        Assert.Throws<ArgumentException>(() => new ObjectId(new byte[19]));
    }

    [Theory]
    [InlineData(ObjectKind.Tree, "", Hex)]
    [InlineData(ObjectKind.Blob, "", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")]
    [InlineData(ObjectKind.Blob, "hello\n", "ce013625030ba8dba906f756967f9e9ca394464a")]
    public void Ids_are_those_that_git_computes(ObjectKind kind, string body, string id)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(body);
        Assert.Equal(id, ObjectHasher.Hash(kind, bytes).ToString());
        using ObjectHasher hasher = new();
        for (int round = 0; round < 2; round++)
        {
            hasher.Start(kind, bytes.Length);
            foreach (byte b in bytes)
            {
                hasher.Append([b]);
            }

            Assert.Equal(id, hasher.Finish().ToString());
        }
    }
}
