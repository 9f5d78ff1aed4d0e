using System.Runtime.InteropServices;

namespace Monorepo.Native.Ucx.Tests;

public sealed partial class UcxRuntimeTests
{
    [Fact]
    public void An_installed_library_is_usable_and_a_missing_one_names_its_package()
    {
        UcxLoad load = UcxRuntime.TryLoad();
        if (NativeLibrary.TryLoad("libucp.so.0", out _))
        {
            Assert.True(load.IsUsable, load.Problem);
            Assert.True(UcxRuntime.IsSupported(load.Version!));
        }
        else
        {
            Assert.Contains(UcxRuntime.PackageName, load.Problem, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("1.12.1", false)]
    [InlineData("1.13.0", true)]
    [InlineData("1.20.0", true)]
    [InlineData("2.0.0", false)]
    public void Versions_are_accepted_by_their_layouts(string version, bool supported) =>
        Assert.Equal(supported, UcxRuntime.IsSupported(Version.Parse(version)));

    [Fact]
    public void The_C_environment_keeps_UCX_away_from_the_signals()
    {
        _ = UcxRuntime.TryLoad();
        foreach ((string name, string value) in UcxEnvironment.Forced)
            Assert.Equal(value, Marshal.PtrToStringUTF8(getenv(name)));
        foreach ((string name, _) in UcxEnvironment.Defaults)
            Assert.NotEqual(0, getenv(name));
    }

    [Fact]
    public void A_null_reference_is_still_caught_after_UCX_was_started()
    {
        SkipWithoutUcx();
        using UcxContext context = UcxContext.Create(UcxWorkerTests.Loopback, endpointsExpected: 0);
        object?[] nothing = [null];
        Assert.Throws<NullReferenceException>(() => nothing[0]!.GetHashCode());
    }

    [Fact]
    public void A_device_that_does_not_exist_is_an_exception_with_its_status()
    {
        SkipWithoutUcx();
        UcxException failure = Assert.Throws<UcxException>(
            () => UcxContext.Create(new Dictionary<string, string>(StringComparer.Ordinal) { ["TLS"] = "rc_nothing" }, endpointsExpected: 0));
        Assert.Equal(UcxStatus.NoDevice, failure.Status);
    }

    internal static void SkipWithoutUcx()
    {
        UcxLoad load = UcxRuntime.TryLoad();
        if (!load.IsUsable)
            Assert.Skip(load.Problem!);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getenv(string name);
}
