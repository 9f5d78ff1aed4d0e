namespace Monorepo.Native.RocksDb.Tests;

public sealed class RocksDbLibraryTests
{
    [Fact]
    public void The_system_library_is_accepted() => RocksDbLibrary.EnsureLoaded();

    [Fact]
    public void An_absent_library_gives_one_error_that_names_the_package_and_what_was_tried()
    {
        DllNotFoundException error = Assert.Throws<DllNotFoundException>(() => RocksDbLibrary.Load(["librocksdb-absent.so"]));
        Assert.Contains("Install the package librocksdb7.8", error.Message, StringComparison.Ordinal);
        Assert.Contains("librocksdb-absent.so (not found)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_without_the_calls_we_make_is_refused()
    {
        DllNotFoundException error = Assert.Throws<DllNotFoundException>(() => RocksDbLibrary.Load(["libc.so.6"]));
        Assert.Contains("libc.so.6 (lacks rocksdb_", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/usr/lib/x86_64-linux-gnu/librocksdb.so.7.8.3", "7.8.3")]
    [InlineData("/opt/lib/librocksdb.so.8", "8.0")]
    [InlineData("/opt/lib/librocksdb.so", null)]
    [InlineData("/opt/lib/librocksdb.so.7.8.3 (deleted)", null)]
    public void The_version_is_read_from_the_file_name(string path, string? expected) =>
        Assert.Equal(expected, RocksDbLibrary.ParseFileVersion(path)?.ToString());
}
